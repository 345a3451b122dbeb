import { type Answer, property } from './api.ts'

/** What a form holds and a draft keeps. */
export type DraftText = {
  title: string
  body: string
  tags: string[]
  kind: 'discussion' | 'question' | null
  board: string | null
}

/** What a window knows of its draft. `id` null: the server has none yet. */
export type Kept = {
  target: string
  id: number | null
  version: number
  /** Of an edit: the version that the form was begun from. */
  base: number | null
  saved: DraftText
}

export type DraftCall = { method: 'POST' | 'PUT'; path: string; body: Record<string, unknown> }

export type Outcome = 'saved' | 'forked' | 'waiting' | 'signed-out' | 'refused'

export function sameText(one: DraftText, other: DraftText): boolean {
  return (
    one.title === other.title &&
    one.body === other.body &&
    one.kind === other.kind &&
    one.board === other.board &&
    one.tags.join(',') === other.tags.join(',')
  )
}

function isEmpty(text: DraftText): boolean {
  return text.title.trim() === '' && text.body.trim() === ''
}

/** The call that brings the server up to date; null when it is, or when there is nothing worth keeping. */
export function callFor(kept: Kept, text: DraftText): DraftCall | null {
  const base = kept.base === null ? {} : { base: kept.base }
  if (kept.id === null) {
    if (isEmpty(text) || sameText(kept.saved, text)) return null
    return { method: 'POST', path: '/drafts', body: { target: kept.target, ...text, ...base } }
  }
  if (sameText(kept.saved, text)) return null
  return { method: 'PUT', path: `/drafts/${kept.id}`, body: { version: kept.version, ...text, ...base } }
}

/**
 * What the window knows after an answer. A draft that another window changed (409), or that is gone (404), is left alone:
 * this window's text becomes a new draft, so neither text is lost.
 */
export function afterAnswer(
  kept: Kept,
  sent: { call: DraftCall; text: DraftText },
  answer: Answer,
): { kept: Kept; outcome: Outcome } {
  const { status } = answer
  if (status === 200 || status === 201) {
    const { id, version } = idAndVersion(answer.body)
    if (id !== null) return { kept: { ...kept, id, version, saved: sent.text }, outcome: 'saved' }
  }
  if (sent.call.method === 'PUT' && (status === 409 || status === 404)) {
    return { kept: { ...kept, id: null, version: 0, saved: nothingSaved }, outcome: 'forked' }
  }
  if (status === 401) return { kept, outcome: 'signed-out' }
  const isFinal = status >= 400 && status < 500 && status !== 408 && status !== 429
  return { kept, outcome: isFinal ? 'refused' : 'waiting' }
}

export const nothingSaved: DraftText = { title: '', body: '', tags: [], kind: null, board: null }

function idAndVersion(body: unknown): { id: number | null; version: number } {
  if (typeof body !== 'object' || body === null || !('id' in body) || !('version' in body)) {
    return { id: null, version: 0 }
  }
  const { id, version } = body
  return { id: typeof id === 'number' ? id : null, version: typeof version === 'number' ? version : 0 }
}

/** A copy on this device of text that the server does not have yet, as far as is known; of a draft, if it has become one. */
export type LocalCopy = { at: number; sent: boolean; text: DraftText; draft?: number | null }

export function readCopy(stored: string | null): LocalCopy | null {
  if (stored === null) return null
  try {
    const copy: LocalCopy = JSON.parse(stored)
    const fits =
      typeof copy.at === 'number' && typeof copy.text.body === 'string' && Array.isArray(copy.text.tags)
    return fits ? copy : null
  } catch {
    return null
  }
}

/**
 * How a page was opened. Whoever comes to it from signing in may have been sent there because the server took nothing.
 */
export function openedBy(navigation: string, referrer: string): 'anew' | 'again' {
  const from = URL.parse(referrer)?.pathname ?? ''
  return navigation === 'navigate' && !/^\/sign-in(\/|$)/.test(from) ? 'anew' : 'again'
}

/**
 * Whether a copy found on the device is worth offering: it has text, the form shows another one, and it was not sent. After
 * sending, a page opened anew means that the server took it; coming back or reloading means that it may not have.
 */
export function isWorthOffering(copy: LocalCopy, shown: DraftText, opened: 'anew' | 'again'): boolean {
  if (isEmpty(copy.text) || (copy.text.body === shown.body && copy.text.title === shown.title)) return false
  return !copy.sent || opened === 'again'
}

/** Whether the drafts of the server (items of GET /drafts) have the text: it was saved while its page was being left. */
export function isAmong(items: unknown, text: DraftText): boolean {
  if (!Array.isArray(items)) return false
  return items.some(
    (item: unknown) => property(item, 'body') === text.body && (property(item, 'title') ?? '') === text.title,
  )
}

/** What names a text to its writer: its title, else how it begins. */
export function nameOf({ title, body }: DraftText): string {
  const text = (title || body).trim().replace(/\s+/g, ' ')
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

/** Milliseconds until the next try after `failures` in a row: 3 s, 6 s ... at most a minute. */
export function retryAfter(failures: number): number {
  return Math.min(60_000, 3000 * 2 ** Math.min(10, Math.max(0, failures - 1)))
}
