import { type ChangeObject, diffArrays, diffLines } from 'diff'
import { type Html, html, nothing } from '#platform/html.ts'
import type { Page } from './page.ts'

type Part = { text: string; changed: boolean }
/** A run of equal lines, or what stood there before beside what stands there now. */
export type Block = { same: string } | { before: Part[]; after: Part[] }

/** Characters of both texts together up to which changed passages are compared word by word. */
const wordLimit = 60_000
const bounds = { maxEditLength: 3000, timeout: 150 }

/** A word, white space, or one other character; Korean words go with their particles. */
function words(text: string): string[] {
  return text.match(/[\p{L}\p{N}\p{M}_]+|\s+|[^\p{L}\p{N}\p{M}_\s]/gu) ?? []
}

/**
 * Compares two texts by lines and, inside changed passages, by words. Texts that differ too much or are too long are
 * compared by lines alone (`byLines`), in the end as one passage: the time stays below half a second for any input.
 */
export function diffTexts(before: string, after: string): { blocks: Block[]; byLines: boolean } {
  const byLines = before.length + after.length > wordLimit
  const lines = diffLines(before, after, bounds) ?? [
    { value: before, removed: true, added: false },
    { value: after, added: true, removed: false },
  ]
  const blocks: Block[] = []
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]
    if (!line) continue
    if (!line.added && !line.removed) {
      blocks.push({ same: line.value })
      continue
    }
    const next = lines[i + 1]
    const pair = line.removed && next?.added ? next : null
    if (pair) i++
    blocks.push(pair ? changedBlock(line.value, pair.value, byLines) : oneSided(line))
  }
  return { blocks, byLines }
}

function oneSided(line: { value: string; removed: boolean }): Block {
  const parts = [{ text: line.value, changed: true }]
  return line.removed ? { before: parts, after: [] } : { before: [], after: parts }
}

function changedBlock(before: string, after: string, byLines: boolean): Block {
  const changes = byLines ? undefined : diffArrays(words(before), words(after), bounds)
  if (!changes) return { before: [{ text: before, changed: true }], after: [{ text: after, changed: true }] }
  const side = (leave: (change: ChangeObject<string[]>) => boolean): Part[] =>
    changes
      .filter((change) => !leave(change))
      .map(({ value, added, removed }) => ({
        text: value.join(''),
        changed: added || removed,
      }))
  return { before: side((change) => change.added), after: side((change) => change.removed) }
}

/** Both sides beside each other on wide screens, below each other on narrow ones; long equal runs fold. */
export function diffView(page: Page, blocks: readonly Block[]): Html {
  const t = page.words.history
  if (!blocks.some((block) => 'before' in block)) return html`<p class="quiet">${t.same}</p>`
  return html`<div class="diff">${blocks.map((block) => ('same' in block ? same(page, block.same) : changed(page, block)))}</div>`
}

const foldFrom = 8

function same(page: Page, text: string): Html {
  const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
  const body = html`<div class="same">${text}</div>`
  if (lines < foldFrom && text.length < 1500) return body
  return html`<details><summary>${page.words.history.unchanged({ lines })}</summary>${body}</details>`
}

function changed({ words: { history: t } }: Page, block: { before: Part[]; after: Part[] }): Html {
  const mark = (tag: 'ins' | 'del', { text, changed: isChanged }: Part) => {
    if (!isChanged) return html`${text}`
    return tag === 'ins' ? html`<ins>${text}</ins>` : html`<del>${text}</del>`
  }
  const side = (tag: 'ins' | 'del', parts: Part[], label: string) =>
    parts.length === 0
      ? html`<div class="${tag} none"></div>`
      : html`<div class="${tag}"><span class="sr">${label}: </span>${parts.map((part) => mark(tag, part))}</div>`
  return html`<div class="pair">${side('del', block.before, t.removed)}${side('ins', block.after, t.added)}</div>`
}

/** A short text (a title, tags) before and after; nothing when it is the same. */
export function diffLine(page: Page, given: { label: string; before: string; after: string }): Html {
  if (given.before === given.after) return nothing
  const { blocks } = diffTexts(given.before, given.after)
  return html`<h3 class="small">${given.label}</h3>${diffView(page, blocks)}`
}
