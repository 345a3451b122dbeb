import MarkdownIt, {
  type Env,
  type StateBlock,
  type StateCore,
  type StateInline,
  type Token,
} from 'markdown-it'
import cjkFriendly from 'markdown-it-cjk-friendly'
import { highlightCode } from './highlight.ts'
import { escapeHtml } from './html.ts'
import { foldName } from './text.ts'

/** Stored beside rendered HTML; raise it when the same source gives other HTML. */
export const rendererVersion = 3

type Names = ReadonlyMap<string, string>
/** What one rendering carries through the parser. */
type Wishes = { names: Names; images?: Images; found: Set<string> | null; codeLeft: number }
/** Width and height of own pictures, by the name in their address. */
type Images = ReadonlyMap<string, { width: number; height: number }>

const candidateLimit = 20
/** A quotation is one level of blocks, an item of a list two. Where blocks go deeper their signs stay text. */
const deepestBlock = 20
const noNames: Names = new Map()
// Grammars are slow, and quadratic on long words (a 20 kB word took 1.5 s): past these limits code stays plain.
const highlightBudget = 10_000
const highlightedBlock = 5_000
const longLine = /.{300}/

const markdown = new MarkdownIt({ html: false, linkify: false, breaks: true, maxNesting: deepestBlock + 2 })
markdown.use(cjkFriendly)
markdown.inline.ruler.at('linkify', bareAddress)
markdown.inline.ruler.push('mention', mention)
// Before text and escaped characters are joined: \[x] is no box.
markdown.core.ruler.before('text_join', 'tasks', markTasks)
markdown.core.ruler.push('finish', finishTokens)
onlyWhere('table', isBoundedTable)
// The parser itself would drop what stands deeper.
onlyWhere('blockquote', ({ level }) => level < deepestBlock)
onlyWhere('list', ({ level }) => level < deepestBlock)
markdown.validateLink = isSafeAddress
const normalizeLink = markdown.normalizeLink.bind(markdown)
markdown.normalizeLink = (url) => normalizeLink(/^www\./i.test(url) ? `https://${url}` : url)

markdown.renderer.rules['fence'] = (tokens, index, _options, env) => {
  const token = tokens[index]
  return token ? codeBlock(token.content, token.info.trim().split(/\s+/)[0] ?? '', env) : ''
}
markdown.renderer.rules['task_box'] = (tokens, index) =>
  `<input type="checkbox" disabled${tokens[index]?.meta?.['done'] === true ? ' checked' : ''}> `
// Wide ones scroll, also by keys.
markdown.renderer.rules['table_open'] = () => '<div class="table" tabindex="0"><table>\n'
markdown.renderer.rules['table_close'] = () => '</table></div>\n'
markdown.renderer.rules['image'] = (tokens, index, options, env, renderer) => {
  const token = tokens[index]
  if (!token) return ''
  const alt = renderer.renderInlineAsText(token.children ?? [], options, env)
  const source = String(token.attrGet('src') ?? '')
  if (isOwnFile(source)) return ownImage({ source, alt, inLink: token.meta?.['inLink'] === true }, env)
  const text = escapeHtml(alt.trim() || source)
  if (token.meta?.['inLink'] || source === '') return text
  return `<a href="${escapeHtml(source)}"${isForeign(source) ? ` rel="${foreignRel}"` : ''}>${text}</a>`
}

/**
 * Markdown to safe, balanced HTML: no raw HTML, no script addresses, no inline style, nothing loaded from other hosts.
 * `mentions` maps folded names (`foldName`) to the names as they are written; other names after @ stay text.
 * `images` gives own pictures their measures, so that the page does not jump when they come.
 */
export function renderMarkdown(source: string, options: { mentions?: Names; images?: Images } = {}): string {
  const { mentions = noNames, images = new Map() } = options
  const wishes: Wishes = { names: mentions, images, found: null, codeLeft: highlightBudget }
  return markdown.render(source, { wishes })
}

/**
 * Names that stand after @ outside code and links, at most 20, for a lookup before rendering. Where a Korean particle
 * may follow the name ("@민수에게") both readings are given.
 */
export function mentionedNames(source: string): string[] {
  if (!source.includes('@')) return []
  const found = new Set<string>()
  markdown.parse(source, { wishes: { names: noNames, found, codeLeft: 0 } satisfies Wishes })
  return [...found].slice(0, candidateLimit)
}

/** The words alone, white space folded, code blocks left out, at most `limit` characters (an ellipsis marks a cut). */
export function plainText(source: string, limit: number): string {
  const wishes: Wishes = { names: noNames, found: null, codeLeft: 0 }
  // Markup seldom takes more than three quarters: parsing all of a long post for its first lines would be waste.
  const tokens = markdown.parse(source.slice(0, limit * 4 + 200), { wishes })
  const parts: string[] = []
  for (const token of tokens) {
    if (token.type === 'inline') parts.push(inlineText(token.children ?? []))
  }
  const characters = Array.from(parts.join(' ').replace(/\s+/gu, ' ').trim())
  if (characters.length <= limit) return characters.join('')
  return `${characters
    .slice(0, Math.max(0, limit - 1))
    .join('')
    .trimEnd()}…`
}

function inlineText(tokens: readonly Token[]): string {
  let text = ''
  for (const token of tokens) {
    if (token.type === 'text' || token.type === 'code_inline') text += token.content
    else if (token.type === 'softbreak' || token.type === 'hardbreak') text += ' '
    else if (token.children) text += inlineText(token.children)
  }
  return text
}

function wishesOf(env: Env | undefined): Wishes | null {
  const wishes = env?.['wishes']
  return isWishes(wishes) ? wishes : null
}

function isWishes(value: unknown): value is Wishes {
  return typeof value === 'object' && value !== null && 'codeLeft' in value
}

function codeBlock(code: string, language: string, env: Env | undefined): string {
  const wishes = wishesOf(env)
  const room = Math.min(wishes?.codeLeft ?? 0, highlightedBlock)
  const affordable = code.length <= room && !longLine.test(code)
  const highlighted = language !== '' && affordable ? highlightCode(code, language) : null
  if (!highlighted) return `<pre><code>${escapeHtml(code)}</code></pre>\n`
  if (wishes) wishes.codeLeft -= code.length
  return `<pre><code class="language-${highlighted.language}">${highlighted.html}</code></pre>\n`
}

/** Keeps a rule for blocks from where it would cost too much or lose something. */
function onlyWhere(name: string, fits: (state: StateBlock, from: number, to: number) => boolean): void {
  const { ruler } = markdown.block
  const rule = ruler.__rules__.find((one) => one.name === name)
  if (!rule) throw new Error(`the parser of Markdown has no rule for ${name}`)
  const { fn, alt } = rule
  ruler.at(name, (state, from, to, silent) => fits(state, from, to) && fn(state, from, to, silent), { alt })
}

/** Missing cells are filled in, so columns times lines bounds the work; past 20,000 the table stays text. */
function isBoundedTable(state: StateBlock, from: number, to: number): boolean {
  if (from + 2 > to) return false
  const underline = state.src.slice(state.bMarks[from + 1], state.eMarks[from + 1])
  if (!/^[\s>|:-]*-[\s|:-]*$/.test(underline)) return false
  return underline.split('|').length * (to - from) <= 20_000
}

// ----- addresses

/** The width in which a post shows pictures: larger ones lead to their full size. */
const shownSide = 960

/** An own picture: of known measures with its room kept free, in the size that fits, else as it was written. */
function ownImage(image: { source: string; alt: string; inLink: boolean }, env: Env | undefined): string {
  const { source, alt, inLink } = image
  const name = /^\/files\/([0-9a-f]{32})(?:-\d+)?\.webp$/.exec(source)?.[1]
  const measures = name === undefined ? undefined : wishesOf(env)?.images?.get(name)
  const rest = `alt="${escapeHtml(alt)}" loading="lazy">`
  if (!measures) return `<img src="${escapeHtml(source)}" ${rest}`
  const scale = Math.min(1, shownSide / Math.max(measures.width, measures.height))
  const [width, height] = [measures.width, measures.height].map((side) =>
    Math.max(1, Math.round(side * scale)),
  )
  const shown = `<img src="/files/${name}-${shownSide}.webp" width="${width}" height="${height}" ${rest}`
  return scale === 1 || inLink ? shown : `<a class="picture" href="/files/${name}.webp">${shown}</a>`
}

const foreignRel = 'nofollow ugc noopener'

function isSafeAddress(url: string): boolean {
  if (url.length > 8000) return false
  return /^(https?:\/\/|mailto:)/i.test(url) || !/^[^/?#]*:/.test(url)
}

function isForeign(url: string): boolean {
  return /^(https?:)?[/\\]{2}/i.test(url)
}

function isOwnFile(url: string): boolean {
  return url.startsWith('/files/') && !url.includes('/..')
}

// Particles that are written onto an address or a name. Longer ones first, so that 에서 is not read as 서.
const particle =
  /(?:에게서|으로는|으로도|에서는|에서도|이라고|이라는|입니다|이에요|에서|에게|에는|에도|한테|까지|부터|으로|이랑|라고|라는|처럼|보다|예요|이나|은|는|이|가|을|를|에|의|로|와|과|도|만|랑|께|님|아|야)$/u

const addressRun = /https?:\/\/[^\s<>"`\\^{}|“”‘’「」『』《》〈〉【】]{1,800}/iy

/** Inline rule: https://... in running text becomes a link. Brackets stay balanced, closing punctuation and particles stay out. */
function bareAddress(state: StateInline, silent: boolean): boolean {
  if (state.linkLevel > 0 || !state.src.startsWith('://', state.pos)) return false
  const scheme = /(?:^|[^\p{L}\p{N}_])(https?)$/iu.exec(
    state.src.slice(Math.max(0, state.pos - 6), state.pos),
  )?.[1]
  if (!scheme || state.pending.length < scheme.length) return false
  addressRun.lastIndex = state.pos - scheme.length
  const run = addressRun.exec(state.src.slice(0, state.posMax))?.[0]
  const url = run ? trimAddress(run) : ''
  const href = markdown.normalizeLink(url)
  if (!/^https?:\/\/[^/?#]/i.test(url) || !markdown.validateLink(href)) return false
  if (!silent) {
    state.pending = state.pending.slice(0, -scheme.length)
    const open = state.push('link_open', 'a', 1)
    open.attrs = [['href', href]]
    state.push('text', '', 0).content = url
    state.push('link_close', 'a', -1)
  }
  state.pos += url.length - scheme.length
  return true
}

/** Cuts what belongs to the sentence: from the first bracket that closes nothing, then from the end. */
function trimAddress(run: string): string {
  const url = untilUnbalanced(run.replace(/^(https?:\/\/[a-z0-9.-]+(?::\d+)?)\p{Script=Hangul}.*$/iu, '$1'))
  let end = url.length
  for (;;) {
    const last = url[end - 1]
    if (last === undefined) return ''
    if (/[.,:;!?'*_~…。，、！？]/.test(last)) {
      end--
      continue
    }
    // Only after a character that is no Hangul: /마을 and /가을 are words, /about을 is a word with a particle.
    const hangul = /[\x21-\x7e](\p{Script=Hangul}{1,3})$/u.exec(url.slice(Math.max(0, end - 4), end))?.[1]
    if (!hangul || hangul.replace(particle, '')) return url.slice(0, end)
    end -= hangul.length
  }
}

function untilUnbalanced(url: string): string {
  const open = { '(': 0, '[': 0 }
  for (let index = 0; index < url.length; index++) {
    const character = url[index]
    if (character === '(' || character === '[') open[character]++
    else if (character === ')' && open['(']-- === 0) return url.slice(0, index)
    else if (character === ']' && open['[']-- === 0) return url.slice(0, index)
  }
  return url
}

// ----- mentions

const nameRun = /@([\p{L}\p{N}\p{M}_.-]{2,40})/uy

/** Inline rule: @name becomes a link when the caller knows the name. */
function mention(state: StateInline, silent: boolean): boolean {
  const start = state.pos
  if (state.src.charCodeAt(start) !== 64 || state.linkLevel > 0) return false
  if (start > 0 && /[\p{L}\p{N}_./@]/u.test(state.src[start - 1] ?? '')) return false
  nameRun.lastIndex = start
  const run = nameRun.exec(state.src)?.[1]
  const wishes = wishesOf(state.env)
  if (!run || !wishes) return false
  for (const name of readings(run)) {
    if (wishes.found && wishes.found.size < candidateLimit && !silent) wishes.found.add(name)
    const real = wishes.names.get(foldName(name))
    if (real === undefined || start + 1 + name.length > state.posMax) continue
    if (!silent) pushMention(state, real)
    state.pos = start + 1 + name.length
    return true
  }
  return false
}

function pushMention(state: StateInline, name: string): void {
  const open = state.push('link_open', 'a', 1)
  open.attrs = [
    ['class', 'mention'],
    ['href', `/m/${encodeURIComponent(name)}`],
  ]
  state.push('text', '', 0).content = `@${name}`
  state.push('link_close', 'a', -1)
}

/** The run as it is, and without the particle that Korean writes onto a name. */
function readings(run: string): string[] {
  const whole = run.replace(/[.-]+$/, '')
  const bare = whole.replace(particle, '')
  const possible = bare === whole ? [whole] : [whole, bare]
  return possible.filter((name) => name.length >= 2 && Array.from(name).length <= 30)
}

// ----- what is done to the tokens before they become HTML

/** Core rule: a list item that begins with [ ] or [x] is a task, its first paragraph the label of a box that shows which. */
function markTasks(state: StateCore): void {
  for (const [index, token] of state.tokens.entries()) {
    const item = state.tokens[index - 2]
    if (token.type !== 'inline' || item?.type !== 'list_item_open') continue
    const [first] = token.children ?? []
    const mark = first?.type === 'text' ? /^\[([ xX])\]\s+/.exec(first.content) : null
    if (!first || !mark || !token.children) continue
    first.content = first.content.slice(mark[0].length)
    item.attrSet('class', 'task')
    const box = new state.Token('task_box', '', 0)
    box.meta = { done: mark[1] !== ' ' }
    const [open, close] = [
      new state.Token('label_open', 'label', 1),
      new state.Token('label_close', 'label', -1),
    ]
    token.children = [open, box, ...token.children, close]
  }
}

function finishTokens(state: StateCore): void {
  for (const token of state.tokens) {
    if (token.type === 'heading_open' || token.type === 'heading_close') token.tag = lowerHeading(token.tag)
    else if (token.type === 'th_open' || token.type === 'td_open') alignByClass(token)
    else if (token.children) finishInline(token.children)
  }
}

/** The page's h1 is the post's title. */
function lowerHeading(tag: string): string {
  return `h${Math.min(6, Number(tag.slice(1)) + 1)}`
}

function alignByClass(token: Token): void {
  const side = /text-align:(left|center|right)/.exec(String(token.attrGet('style') ?? ''))?.[1]
  token.attrs = side ? [['class', `align-${side}`]] : null
}

function finishInline(tokens: readonly Token[]): void {
  let inLink = false
  for (const token of tokens) {
    if (token.type === 'link_open') {
      inLink = true
      if (isForeign(String(token.attrGet('href') ?? ''))) token.attrSet('rel', foreignRel)
    } else if (token.type === 'link_close') inLink = false
    else if (token.type === 'image' && inLink) token.meta = { inLink }
  }
}
