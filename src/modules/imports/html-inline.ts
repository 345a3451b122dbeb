import { type HtmlElement, type HtmlNode, isElement, textOf } from './html-tree.ts'

const inlineNames = new Set(
  'a abbr b bdi big cite code del dfn em font i img ins kbd label mark q rb rp rt ruby s samp small span strike strong sub sup time tt u var br wbr'.split(
    ' ',
  ),
)

/** Whether a node is part of a paragraph: words, or an inline element without a block in it. */
export function isInline(node: HtmlNode): boolean {
  if (!isElement(node)) return true
  return inlineNames.has(node.name) && node.children.every(isInline)
}

/** Inline content as Markdown: white space folded, `br` a new line, words escaped. */
export function inlineMarkdown(nodes: readonly HtmlNode[]): string {
  return tidy(inner(nodes, ''))
}

function tidy(text: string): string {
  return text
    .replace(/[ \t]*\n[ \t]*/g, '\n')
    .replace(/ {2,}/g, ' ')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}

/** `open` holds the marks around: the same mark inside would close them early. */
function inner(nodes: readonly HtmlNode[], open: string): string {
  let text = ''
  for (const [index, node] of nodes.entries()) {
    // Pictures become links here, which would run into each other.
    if (isPicture(node) && isPicture(nodes[index - 1])) text += ' '
    text += typeof node === 'string' ? escapeWords(node.replace(/\s+/g, ' ')) : inline(node, open)
  }
  return text
}

const isPicture = (node: HtmlNode | undefined) => isElement(node) && node.name === 'img'

function inline(element: HtmlElement, open: string): string {
  switch (element.name) {
    case 'br':
      return '\n'
    case 'strong':
    case 'b':
      return around(element, '**', open)
    case 'em':
    case 'i':
    case 'cite':
    case 'var':
      return around(element, '*', open)
    case 'del':
    case 's':
    case 'strike':
      return around(element, '~~', open)
    case 'code':
    case 'kbd':
    case 'samp':
    case 'tt':
      return codeSpan(textOf(element))
    case 'a':
      return link(element, open)
    case 'img':
      return image(element)
    case 'sup':
      return raised(element, open, ['^', raisedForms])
    case 'sub':
      return raised(element, open, ['_', loweredForms])
    case 'rt':
      return `(${inner(element.children, open)})`
    case 'rp':
      return ''
    case 'p':
    case 'li':
    case 'div':
    case 'tr':
      return `${inner(element.children, open)}\n`
    default:
      return inner(element.children, open)
  }
}

/** Marks stand at the words, never at white space, else they mean nothing; and never around nothing. */
function around(element: HtmlElement, mark: string, open: string): string {
  const name = `${mark} `
  if (` ${open}`.includes(` ${name}`)) return inner(element.children, open)
  const text = inner(element.children, open + name)
  const words = text.trim()
  if (!words || words.includes('\n\n')) return text
  return `${/^\s/.test(text) ? ' ' : ''}${mark}${words}${mark}${/\s$/.test(text) ? ' ' : ''}`
}

function codeSpan(text: string): string {
  const code = text.replace(/\s+/g, ' ')
  if (!code.trim()) return code
  const longest = Math.max(0, ...(code.match(/`+/g) ?? []).map((run) => run.length))
  const fence = '`'.repeat(longest + 1)
  const pad = code.startsWith('`') || code.endsWith('`') ? ' ' : ''
  return `${fence}${pad}${code}${pad}${fence}`
}

const formsOf = (plain: string, forms: string) => {
  const each = Array.from(forms)
  return new Map(Array.from(plain, (one, index) => [one, each[index] ?? one]))
}
const raisedForms = formsOf(
  '0123456789+-=()abcdefghijklmnoprstuvwxyz',
  '⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ',
)
const loweredForms = formsOf('0123456789+-=()aehijklmnoprstuvx', '₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ')

/** Markdown has no raised letters: x² must not become x2. What is long is small print and stays as it is. */
function raised(
  element: HtmlElement,
  open: string,
  [mark, forms]: [string, ReadonlyMap<string, string>],
): string {
  const text = textOf(element).trim()
  if (!element.children.every((child) => typeof child === 'string') || !/^[\p{L}\p{N}+=-]{1,12}$/u.test(text))
    return inner(element.children, open)
  const letters = Array.from(text)
  if (letters.every((letter) => forms.has(letter))) return letters.map((letter) => forms.get(letter)).join('')
  return escapeWords(letters.length > 1 ? `${mark}(${text})` : mark + text)
}

function link(element: HtmlElement, open: string): string {
  const address = cleanAddress(element.attributes['href'] ?? '')
  const words = inner(element.children, open).replace(/\s*\n\s*/g, ' ')
  const label = words.trim()
  if (!address) return words
  if (!label) return ''
  if (textOf(element).trim() === address && /^https?:\/\/[!-~]+$/.test(address) && !/[<>]/.test(address))
    return `<${address}>`
  return `[${label}](${destination(address)})${/\s$/.test(words) ? ' ' : ''}`
}

function image(element: HtmlElement): string {
  const address = cleanAddress(element.attributes['src'] ?? '')
  const words = escapeWords((element.attributes['alt'] ?? '').replace(/\s+/g, ' ').trim())
  return address ? `![${words}](${destination(address)})` : words
}

/** An address that a link may have here, or nothing. Addresses without a scheme but with a host are read as https. */
function cleanAddress(typed: string): string {
  const address = typed.trim().replace(/\s/g, '%20')
  if (address.length > 2000) return ''
  if (address.startsWith('//')) return `https:${address}`
  return /^(https?:\/\/|mailto:|\/|#)/i.test(address) ? address : ''
}

function destination(address: string): string {
  return /[()<>\\]/.test(address)
    ? `<${address.replace(/[<>\\]/g, (one) => encodeURIComponent(one))}>`
    : address
}

const bareAddress = /(https?:\/\/[^\s<>[\]()`*\\]+)/

/** Words that stay words: what Markdown would read as a mark gets a backslash. Addresses are left as they are. */
function escapeWords(text: string): string {
  if (!/[\\`*_[\]<&~]/.test(text)) return text
  return text
    .split(bareAddress)
    .map((part, index) => (index % 2 === 1 ? part : escapeMarks(part)))
    .join('')
}

function escapeMarks(text: string): string {
  return text
    .replace(/[\\`*[\]]/g, '\\$&')
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\\_')
    .replace(/<(?=[a-z/!?])/gi, '\\<')
    .replace(/&(?=#?\w+;)/g, '\\&')
    .replace(/~(?=~)/g, '\\~')
}
