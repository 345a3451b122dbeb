import { inlineMarkdown, isInline } from './html-inline.ts'
import {
  findElement,
  type HtmlElement,
  type HtmlNode,
  hasClass,
  isElement,
  parseHtml,
  textOf,
} from './html-tree.ts'

/** Changes an element of a foreign site before it is read; null drops it. */
export type Adapt = (element: HtmlElement) => HtmlNode | null

/**
 * Foreign HTML (what Stack Exchange and Discourse keep) as Markdown of ours. What it gives is a source like any other:
 * it becomes HTML again only through `renderMarkdown`.
 */
export function htmlToMarkdown(html: string, adapt: Adapt = (element) => element): string {
  const root = parseHtml(html)
  return blocks(adaptAll(root.children, adapt))
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}

/** Addresses on the old site itself, made whole: here they would lead nowhere. `base`: https://old.example or a path there; null: not known. */
export function withWholeAddress(element: HtmlElement, base: string | null): HtmlElement {
  const name =
    element.name === 'a' ? 'href' : element.name === 'img' || element.name === 'source' ? 'src' : null
  const address = name ? element.attributes[name] : undefined
  if (!name || !base || !address || !/^\/(?!\/)/.test(address)) return element
  const origin = /^https?:\/\/[^/]+/.exec(base)?.[0] ?? ''
  return { ...element, attributes: { ...element.attributes, [name]: origin + address } }
}

function adaptAll(nodes: readonly HtmlNode[], adapt: Adapt): HtmlNode[] {
  const kept: HtmlNode[] = []
  for (const node of nodes) {
    const changed = isElement(node) ? adapt(node) : node
    if (changed === null) continue
    kept.push(isElement(changed) ? { ...changed, children: adaptAll(changed.children, adapt) } : changed)
  }
  return kept
}

/** Blocks stand apart by an empty line; runs of words and inline elements between them are paragraphs. */
function blocks(nodes: readonly HtmlNode[], separator = '\n\n'): string {
  const parts: string[] = []
  let run: HtmlNode[] = []
  const endRun = () => {
    const paragraph = run.length > 0 ? escapeLineStarts(inlineMarkdown(run)) : ''
    if (paragraph) parts.push(paragraph)
    run = []
  }
  for (const node of nodes) {
    if (isInline(node)) {
      run.push(node)
      continue
    }
    endRun()
    const part = isElement(node) ? block(node) : ''
    if (part.trim()) parts.push(isElement(node) ? apartFrom(parts.at(-1), part, node.name) : part)
  }
  endRun()
  return parts.join(separator)
}

/** Of two lists in a row the second gets other marks: else they would be one. */
function apartFrom(before: string | undefined, part: string, name: string): string {
  if (name === 'ul' && before?.startsWith('- ')) return part.replace(/^- /gm, '* ')
  if (name === 'ol' && /^\d+\. /.test(before ?? '')) return part.replace(/^(\d+)\. /gm, '$1) ')
  return part
}

function block(element: HtmlElement): string {
  const heading = /^h([1-6])$/.exec(element.name)?.[1]
  if (heading) return headingOf(element, Number(heading))
  switch (element.name) {
    case 'hr':
      return '---'
    case 'pre':
      return codeBlock(element)
    case 'blockquote':
      return hasClass(element, 'spoiler') ? spoiler(element.children) : quote(blocks(element.children))
    case 'ul':
    case 'ol':
      return list(element)
    case 'table':
      return table(element)
    case 'details':
      return details(element)
    case 'iframe':
    case 'video':
    case 'audio':
      return mediaLink(element)
    default:
      return blocks(element.children)
  }
}

function headingOf(element: HtmlElement, level: number): string {
  const words = inlineMarkdown(element.children).replace(/\s*\n\s*/g, ' ')
  return words ? `${'#'.repeat(level)} ${words}` : ''
}

function quote(text: string): string {
  if (!text) return ''
  return text
    .split('\n')
    .map((line) => (line ? `> ${line}` : '>'))
    .join('\n')
}

/** Markdown hides nothing: a word before it says what comes. */
function spoiler(children: readonly HtmlNode[]): string {
  return `**Spoiler**\n\n${quote(blocks(children))}`
}

function codeBlock(element: HtmlElement): string {
  const inner = findElement(element, (child) => child.name === 'code') ?? element
  const code = textOf(element).replace(/^\n|\s+$/g, '')
  if (!code) return ''
  const classes = `${inner.attributes['class'] ?? ''} ${element.attributes['class'] ?? ''}`
  const language = /\b(?:lang|language)-([a-z0-9+#-]{1,20})\b/i.exec(classes)?.[1] ?? ''
  const longest = Math.max(2, ...(code.match(/`{3,}/g) ?? []).map((run) => run.length))
  const fence = '`'.repeat(longest + 1)
  const known = /^(auto|nohighlight|none|default|text)$/i.test(language) ? '' : language
  return `${fence}${known}\n${code}\n${fence}`
}

function list(element: HtmlElement): string {
  const first = Number.parseInt(element.attributes['start'] ?? '1', 10)
  let number = Number.isInteger(first) && first >= 0 && first < 1e8 ? first : 1
  const items: string[] = []
  for (const child of element.children) {
    if (!isElement(child) && !child.trim()) continue
    const marker = element.name === 'ol' ? `${number}. ` : '- '
    const text = itemText(child)
    if (!text.trim()) continue
    items.push(marker + indent(text, marker.length))
    number++
  }
  return items.join('\n')
}

/** What stands right inside a list, without its li, is an item too. */
function itemText(child: HtmlNode): string {
  if (!isElement(child) || child.name !== 'li') return blocks([child])
  return blocks(child.children, child.children.some(standsApart) ? '\n\n' : '\n')
}

/** Right below words only a list may stand: a rule would make them a heading, a list that begins at 2 would be words. */
function standsApart(node: HtmlNode): boolean {
  if (!isElement(node) || isInline(node)) return false
  return !((node.name === 'ul' || node.name === 'ol') && (node.attributes['start'] ?? '1') === '1')
}

function indent(text: string, width: number): string {
  return text.replace(/\n(?=[^\n])/g, `\n${' '.repeat(width)}`)
}

type Cell = { text: string; side: string }

function table(element: HtmlElement): string {
  const rows: Cell[][] = []
  collectRows(element, rows)
  const width = Math.max(0, ...rows.map((row) => row.length))
  const [head, ...body] = rows
  if (!head || width === 0) return ''
  if (width > 30 || rows.length * width > 5000)
    return rows.map((row) => row.map((cell) => cell.text).join(' ')).join('\n')
  const columns = Array.from({ length: width }, (_, index) => index)
  const line = (row: Cell[]) => `| ${columns.map((column) => row[column]?.text ?? '').join(' | ')} |`
  const rule = columns.map((column) => rules[head[column]?.side ?? ''] ?? '---').join(' | ')
  return [line(head), `| ${rule} |`, ...body.map(line)].join('\n')
}

const rules: Record<string, string> = { left: ':---', center: ':---:', right: '---:' }

function collectRows(element: HtmlElement, rows: Cell[][]): void {
  for (const child of element.children) {
    if (!isElement(child)) continue
    if (child.name !== 'tr') {
      collectRows(child, rows)
      continue
    }
    const cells = child.children.filter(isElement).filter((cell) => cell.name === 'td' || cell.name === 'th')
    rows.push(cells.map(cellOf))
  }
}

function cellOf(cell: HtmlElement): Cell {
  const { align, style = '' } = cell.attributes
  const side = /text-align:\s*(\w+)/.exec(style)?.[1] ?? align ?? ''
  const text = inlineMarkdown([cell])
    .replace(/\s*\n\s*/g, ' ')
    .replaceAll('|', '\\|')
  return { text, side }
}

function details(element: HtmlElement): string {
  const summary = element.children.filter(isElement).find((child) => child.name === 'summary')
  const title = summary ? inlineMarkdown(summary.children) : ''
  const rest = blocks(element.children.filter((child) => child !== summary))
  return [title && `**${title.replaceAll('**', '')}**`, quote(rest)].filter(Boolean).join('\n\n')
}

function mediaLink(element: HtmlElement): string {
  const source =
    element.attributes['src'] ?? findElement(element, (child) => 'src' in child.attributes)?.attributes['src']
  return source && /^(https?:)?\/\//.test(source)
    ? `<${source.replace(/^\/\//, 'https://').replace(/[<>\s]/g, '')}>`
    : ''
}

/** Words that would begin a heading, quote, list, table or rule do not when a backslash stands before them. */
export function escapeLineStarts(text: string): string {
  return text
    .replace(/^([ \t]*)(#{1,6}(?=\s|$)|>|[-+](?=\s|$)|[-=]{2,}(?=\s*$)|~{3,}|\|)/gm, '$1\\$2')
    .replace(/^([ \t]*\d{1,9})([.)])(?=\s|$)/gm, '$1\\$2')
}
