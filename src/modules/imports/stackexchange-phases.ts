import type { Db } from '#platform/database.ts'
import { plainText, renderMarkdown } from '#platform/markdown.ts'
import { isBlank } from '#platform/text.ts'
import {
  BrokenRow,
  fitBody,
  fitTags,
  fitTitle,
  readDate,
  readNumber,
  readOptionalNumber,
  readScore,
} from './fields.ts'
import { escapeLineStarts, htmlToMarkdown, withWholeAddress } from './html-markdown.ts'
import { rewriteLinks } from './links.ts'
import { gone, nobody, type Person } from './people.ts'
import { eachBatch, personOf, type Site } from './stackexchange-site.ts'
import {
  acceptAnswers,
  type CommentRow,
  insertComments,
  insertPosts,
  knownComments,
  markPosts,
  type PostRow,
  takeIds,
} from './writer.ts'
import type { Row } from './xml-rows.ts'

const longestHtml = 500_000

export async function importMembers(site: Site): Promise<void> {
  const { run, people } = site
  if (!site.files.users) return
  const addresses = new Map<string, string>()
  await eachBatch(run, site.files.users, {
    phase: 'members',
    read: ({ values }): Person | null => {
      const id = String(readNumber(values['Id'], 'Id'))
      const createdAt = readDate(values['CreationDate'], 'CreationDate', run.options.now)
      // Published dumps tell no addresses; what a site's owner exports may.
      if (values['Email']) addresses.set(id, values['Email'])
      if (people.has(id)) return null
      const about = plainText(htmlToMarkdown((values['AboutMe'] ?? '').slice(0, 20_000)), 1000)
      return { id, name: values['DisplayName'] ?? '', about, createdAt }
    },
    write: async (tx, items) => {
      await people.add(tx, items)
      await people.giveAddresses(tx, addresses)
      addresses.clear()
    },
  })
}

const owner = { id: 'OwnerUserId', name: 'OwnerDisplayName' }

type ReadQuestion = {
  sourceId: string
  author: Person
  closedAt: Date | null
  row: Omit<PostRow, 'authorId'>
}
type ReadAnswer = {
  sourceId: string
  author: Person
  postId: number
  row: Omit<CommentRow, 'authorId' | 'id' | 'path'>
}

/** Posts.xml is read twice, so that an answer may stand before its question. */
export async function importPosts(site: Site, phase: 'questions' | 'answers'): Promise<void> {
  const accepted = new Map<string, string>()
  if (phase === 'questions') {
    await eachBatch(site.run, site.files.posts, {
      phase,
      once: true,
      read: (row) => readQuestion(site, row),
      write: (tx, items) => writeQuestions(tx, site, items),
    })
    return
  }
  await eachBatch(site.run, site.files.posts, {
    phase,
    readBefore: true,
    once: true,
    read: (row) => {
      const { PostTypeId, Id, AcceptedAnswerId } = row.values
      if (PostTypeId === '1' && Id && AcceptedAnswerId) accepted.set(AcceptedAnswerId, Id)
      return readAnswer(site, row)
    },
    write: (tx, items) => writeAnswers(tx, site, items),
  })
  await acceptAll(site, accepted)
}

function readQuestion(site: Site, { values, line }: Row): ReadQuestion | null {
  const { run } = site
  const sourceId = String(readNumber(values['Id'], 'Id'))
  const type = readNumber(values['PostTypeId'], 'PostTypeId')
  if (type > 2) site.others.add(sourceId)
  if (type !== 1 || site.questions.has(sourceId) || values['DeletionDate']) return null
  const { createdAt, editedAt, body, html } = readText(site, { values, line })
  const title = fitTitle(values['Title'] ?? '', () =>
    run.report.note(site.files.posts.name, line, 'the title was shortened'),
  )
  if (isBlank(title)) throw new BrokenRow('Title is missing')
  const views = Math.max(0, readOptionalNumber(values['ViewCount'], 'ViewCount') ?? 0)
  const row = {
    key: run.key('post', sourceId),
    boardId: site.boardId,
    kind: 'question' as const,
    title,
    tags: fitTags((values['Tags'] ?? '').split(/[<>|]/), () =>
      run.report.note(site.files.posts.name, line, 'only five of the tags came in'),
    ),
    body,
    html,
    createdAt,
    editedAt,
    votes: readScore(values['Score']),
    views,
  }
  const closed = values['ClosedDate']
  const closedAt = closed ? readDate(closed, 'ClosedDate', run.options.now) : null
  return { sourceId, author: personOf(values, owner, createdAt), closedAt, row }
}

function readText(site: Site, { values, line }: Row) {
  const { report, options } = site.run
  const createdAt = readDate(values['CreationDate'], 'CreationDate', options.now)
  const edited = values['LastEditDate']
  const lastEdit = edited ? readDate(edited, 'LastEditDate', options.now) : null
  const editedAt = lastEdit && lastEdit > createdAt ? lastEdit : null
  const note = () => report.note(site.files.posts.name, line, 'the text was shortened')
  const source = values['Body'] ?? ''
  if (source.length > longestHtml) note()
  const base = site.host === null ? null : `https://${site.host}`
  const body = fitBody(
    htmlToMarkdown(source.slice(0, longestHtml), (element) => withWholeAddress(element, base)),
    note,
  )
  if (isBlank(body)) throw new BrokenRow('Body is missing')
  return { createdAt, editedAt, body, html: renderMarkdown(body, { mentions: site.people.mentions }) }
}

function readAnswer(site: Site, { values, line }: Row): ReadAnswer | null {
  if (values['PostTypeId'] !== '2' || values['DeletionDate']) return null
  const sourceId = String(readNumber(values['Id'], 'Id'))
  if (site.answers.has(sourceId)) return null
  const parent = String(readNumber(values['ParentId'], 'ParentId'))
  const question = site.questions.get(parent)
  if (!question) throw new BrokenRow(`its question ${parent} is not there`)
  const { createdAt, editedAt, body, html } = readText(site, { values, line })
  const key = site.run.key('answer', sourceId)
  const votes = readScore(values['Score'])
  const row = { key, postId: question.id, isAnswer: true, body, html, createdAt, editedAt, votes }
  return { sourceId, author: personOf(values, owner, createdAt), postId: question.id, row }
}

async function writeQuestions(tx: Db, site: Site, items: readonly ReadQuestion[]): Promise<void> {
  await site.people.add(
    tx,
    items.flatMap(({ author, closedAt }) => (closedAt ? [author, nobody(closedAt)] : [author])),
  )
  const ids = await insertPosts(
    tx,
    items.map((item) => ({ ...item.row, authorId: site.people.idOf(item.author.id) })),
  )
  // Closed there means no more answers, by what moderators or readers decided; by whom, Posts.xml does not tell.
  const closed = items.flatMap(({ closedAt }, index) =>
    closedAt ? [{ postId: ids[index] ?? 0, byId: site.people.idOf(gone), at: closedAt }] : [],
  )
  await markPosts(tx, 'post_locks', closed)
  for (const [index, item] of items.entries()) {
    site.questions.set(item.sourceId, { id: ids[index] ?? 0, title: item.row.title })
  }
  site.run.added.posts += items.length
}

async function writeAnswers(tx: Db, site: Site, items: readonly ReadAnswer[]): Promise<void> {
  await site.people.add(
    tx,
    items.map((item) => item.author),
  )
  const ids = await takeIds(tx, 'comments', items.length)
  const rows = items.map((item, index) => {
    const id = ids[index] ?? 0
    return { ...item.row, id, path: [id], authorId: site.people.idOf(item.author.id) }
  })
  await insertComments(tx, rows)
  for (const [index, item] of items.entries()) {
    const id = ids[index] ?? 0
    site.answers.set(item.sourceId, { id, postId: item.postId, path: [id] })
  }
  site.run.added.comments += items.length
}

async function acceptAll(site: Site, accepted: ReadonlyMap<string, string>): Promise<void> {
  const pairs: { postId: number; commentId: number }[] = []
  for (const [answerId, questionId] of accepted) {
    const answer = site.answers.get(answerId)
    const question = site.questions.get(questionId)
    if (answer && question && answer.postId === question.id)
      pairs.push({ postId: question.id, commentId: answer.id })
  }
  await site.run.batch('answers', (tx) => acceptAnswers(tx, pairs))
}

type ReadComment = {
  author: Person
  above: number[]
  row: Omit<CommentRow, 'authorId' | 'id' | 'path'>
}

/** Comments on an answer hang below it; those on a question are roots that do not count as answers. */
export async function importComments(site: Site): Promise<void> {
  const { run, files } = site
  if (!files.comments) return
  const known = await knownRemarks(site)
  await eachBatch(run, files.comments, {
    phase: 'comments',
    once: true,
    read: (row) => readComment(site, row, known),
    write: async (tx, items) => {
      await site.people.add(
        tx,
        items.map((item) => item.author),
      )
      const ids = await takeIds(tx, 'comments', items.length)
      const rows = items.map((item, index) => {
        const id = ids[index] ?? 0
        return { ...item.row, id, path: [...item.above, id], authorId: site.people.idOf(item.author.id) }
      })
      await insertComments(tx, rows)
      run.added.comments += items.length
    },
  })
}

async function knownRemarks(site: Site): Promise<Set<string>> {
  const remarks = await knownComments(site.run.db, site.run.key('comment', ''))
  return new Set(remarks.keys())
}

function readComment(site: Site, { values, line }: Row, known: ReadonlySet<string>): ReadComment | null {
  const { run } = site
  const sourceId = String(readNumber(values['Id'], 'Id'))
  if (known.has(sourceId)) return null
  const on = String(readNumber(values['PostId'], 'PostId'))
  const answer = site.answers.get(on)
  const postId = answer?.postId ?? site.questions.get(on)?.id
  if (site.others.has(on)) return null
  if (postId === undefined) throw new BrokenRow(`its post ${on} is not there`)
  const createdAt = readDate(values['CreationDate'], 'CreationDate', run.options.now)
  const note = () => run.report.note(site.files.comments?.name ?? '', line, 'the text was shortened')
  // Comments are kept as their writers typed them: Markdown without blocks.
  const body = fitBody(remarkText(site, values['Text'] ?? ''), note)
  if (isBlank(body)) throw new BrokenRow('Text is missing')
  const html = renderMarkdown(body, { mentions: site.people.mentions })
  const key = run.key('comment', sourceId)
  const votes = readScore(values['Score'])
  const row = { key, postId, isAnswer: false, body, html, createdAt, editedAt: null, votes }
  return {
    author: personOf(values, { id: 'UserId', name: 'UserDisplayName' }, createdAt),
    above: answer?.path ?? [],
    row,
  }
}

/** `[tag:bees]` is written for a link to the tag; addresses without a host are made whole. */
function remarkText({ host }: Site, text: string): string {
  const plain = escapeLineStarts(text).replace(
    /\[(?:meta-)?tag:([^\]\s]{1,60})\]/g,
    (_, tag: string) => `[${tag}](/questions/tagged/${encodeURIComponent(tag)})`,
  )
  if (host === null) return plain
  return rewriteLinks(plain, ({ pathname, search, hash }, isRelative) =>
    isRelative ? { path: `https://${host}${pathname}${search}${hash}`, title: '' } : null,
  )
}
