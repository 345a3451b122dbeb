import { Parser } from 'htmlparser2'

export type HtmlElement = { name: string; attributes: Record<string, string>; children: HtmlNode[] }
export type HtmlNode = string | HtmlElement

const deepest = 60
const unseen = new Set(['script', 'style', 'template', 'svg', 'head', 'noscript', 'object', 'canvas', 'math'])

/**
 * Foreign HTML as a small tree: comments, scripts and drawings are gone, and what is nested deeper than 60 levels hangs
 * at level 60, so that whoever walks it may recurse.
 */
export function parseHtml(source: string): HtmlElement {
  const root: HtmlElement = { name: '#root', attributes: {}, children: [] }
  const open: HtmlElement[] = [root]
  let skipped = 0
  let tooDeep = 0
  const parser = new Parser({
    onopentag(name, attributes) {
      if (unseen.has(name) || skipped > 0) {
        skipped++
        return
      }
      if (open.length > deepest) {
        tooDeep++
        return
      }
      const element = { name, attributes, children: [] }
      open.at(-1)?.children.push(element)
      open.push(element)
    },
    ontext(text) {
      if (skipped > 0) return
      const siblings = open.at(-1)?.children
      const last = siblings?.at(-1)
      if (siblings && typeof last === 'string') siblings[siblings.length - 1] = last + text
      else siblings?.push(text)
    },
    onclosetag() {
      if (skipped > 0) skipped--
      else if (tooDeep > 0) tooDeep--
      else if (open.length > 1) open.pop()
    },
  })
  parser.write(source)
  parser.end()
  return root
}

export function isElement(node: HtmlNode | undefined): node is HtmlElement {
  return typeof node === 'object'
}

/** All words below an element as they stand. */
export function textOf(node: HtmlNode): string {
  if (typeof node === 'string') return node
  if (node.name === 'br') return '\n'
  return node.children.map(textOf).join('')
}

export function hasClass(element: HtmlElement, name: string): boolean {
  return ` ${element.attributes['class'] ?? ''} `.includes(` ${name} `)
}

/** The first element below, in reading order, that fulfils the question. */
export function findElement(
  root: HtmlElement,
  wanted: (element: HtmlElement) => boolean,
): HtmlElement | null {
  for (const child of root.children) {
    if (!isElement(child)) continue
    const found = wanted(child) ? child : findElement(child, wanted)
    if (found) return found
  }
  return null
}
