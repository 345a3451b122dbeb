import { readFileSync } from 'node:fs'

export type DemoBoard = {
  slug: string
  name: string
  about: string
  parent: string | null
  kind: string
  readBy: string
  writeBy: string
}
export type DemoMember = {
  name: string
  role: string
  joinedDays: number
  language: string
  country: string | null
  about: string
}
type DemoComment = {
  depth: number
  author: string
  votes: number
  accepted: boolean
  remark: boolean
  body: string
}
export type DemoThread = {
  board: string
  author: string
  hours: number
  votes: number
  views: number
  pinned: boolean
  locked: boolean
  tags: string[]
  title: string
  body: string
  /** The text before an edit, with the editor's note. */
  before: { body: string; note: string } | null
  comments: DemoComment[]
}

const folder = new URL('./demo-texts/', import.meta.url)
const parts = ['threads-1.txt', 'threads-2.txt', 'threads-3.txt', 'threads-4.txt']

function lines(name: string): string[] {
  return readFileSync(new URL(name, folder), 'utf8').trimEnd().split('\n')
}

function columns(line: string): string[] {
  return line.split('|').map((column) => column.trim())
}

export function readBoards(): DemoBoard[] {
  return lines('boards.txt').map((line) => {
    const [slug = '', name = '', about = '', parent = '-', kind = '', readBy = '', writeBy = ''] =
      columns(line)
    return { slug, name, about, parent: parent === '-' ? null : parent, kind, readBy, writeBy }
  })
}

export type DemoChat = {
  /** Empty for a room of two. */
  name: string
  people: string[]
  lines: { minutes: number; author: string; body: string }[]
}

/** A line that begins with @ opens a room; those below it are said there, so many minutes before now. */
export function readChats(): DemoChat[] {
  const chats: DemoChat[] = []
  for (const line of lines('chats.txt')) {
    const [first = '', second = '', body = ''] = columns(line)
    if (first.startsWith('@')) {
      const people = second.split(',').map((name) => name.trim())
      chats.push({ name: first.slice(1).trim(), people, lines: [] })
    } else chats.at(-1)?.lines.push({ minutes: Number(first), author: second, body })
  }
  return chats
}

export function readMembers(): DemoMember[] {
  return lines('members.txt').map((line) => {
    const [name = '', role = '', days = '', language = '', country = '', about = ''] = columns(line)
    return {
      name,
      role,
      joinedDays: Number(days),
      language,
      country: country === '-' ? null : country,
      about,
    }
  })
}

/** What members report, each so many hours ago. */
export function readReports(): {
  by: string
  title: string
  hours: number
  reason: string
  detail: string
}[] {
  return lines('reports.txt').map((line) => {
    const [by = '', title = '', hours = '', reason = '', detail = ''] = columns(line)
    return { by, title, hours: Number(hours), reason, detail }
  })
}

/** What the site says of itself: a line about it, then its rules. */
export function readAbout(): { description: string; rules: string } {
  const [description = '', ...rules] = lines('about.txt')
  return { description, rules: rules.join('\n').trim() }
}

/**
 * The threads. One begins with `## board | author | hours ago | votes | views | pin, lock | tags`, then the title, then
 * the text. `> name +votes: words` is a comment, `>>` one below it, `>*` the accepted answer, `>?` a remark on a
 * question. `~(note) words` is the text before an edit. A picture's address is `demo:NAME`; what is not in `pictures` is left out.
 */
export function readThreads(pictures: ReadonlyMap<string, string> = new Map()): DemoThread[] {
  const threads = parts.flatMap((part) => `\n${lines(part).join('\n')}`.split('\n## ').slice(1))
  const placed = (text: string) =>
    text.replace(/!\[(.*)\]\(demo:(\w+)\)/g, (_all, words, name) => {
      const address = pictures.get(name)
      return address ? `![${words}](${address})` : ''
    })
  return threads.map((text) => readThread(placed(text)))
}

function readThread(text: string): DemoThread {
  const [head = '', title = '', ...rest] = text.split('\n')
  const [board = '', author = '', hours = '', votes = '', views = '', flags = '', tags = ''] = columns(head)
  const numbers = { hours: Number(hours), votes: Number(votes), views: Number(views) }
  const state = { pinned: flags === 'pin', locked: flags === 'lock' }
  const thread: DemoThread = {
    board,
    author,
    ...numbers,
    ...state,
    tags: tags.split(' ').filter(Boolean),
    title,
    body: '',
    before: null,
    comments: [],
  }
  let target: { body: string } = thread
  for (const line of rest) {
    const comment = /^(>+)([*?])? (\S+) \+(\d+): (.*)$/.exec(line)
    const earlier = /^~(?:\((.*?)\))? ?(.*)$/.exec(line)
    if (comment) target = addComment(thread, comment)
    else if (earlier) target = setBefore(thread, earlier)
    else target.body += `${target.body === '' ? '' : '\n'}${line}`
  }
  for (const one of [thread, ...thread.comments]) one.body = one.body.trim()
  return thread
}

function setBefore(thread: DemoThread, found: RegExpExecArray): { body: string } {
  thread.before = { note: found[1] ?? '', body: found[2] ?? '' }
  return thread.before
}

function addComment(thread: DemoThread, found: RegExpExecArray): DemoComment {
  const [, marks = '>', sign, author = '', votes = '0', body = ''] = found
  const comment = {
    depth: marks.length - 1,
    author,
    votes: Number(votes),
    accepted: sign === '*',
    remark: sign === '?',
    body,
  }
  thread.comments.push(comment)
  return comment
}
