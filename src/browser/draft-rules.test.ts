import { describe, expect, test } from 'vitest'
import {
  afterAnswer,
  callFor,
  type DraftText,
  isAmong,
  isWorthOffering,
  type Kept,
  nameOf,
  nothingSaved,
  openedBy,
  readCopy,
  retryAfter,
} from './draft-rules.ts'

const empty: DraftText = { title: '', body: '', tags: [], kind: 'discussion', board: 'talk' }
const text = (body: string): DraftText => ({ ...empty, body })
const fresh: Kept = { target: 'new', id: null, version: 0, base: null, saved: empty }

/** Sends the pending text as a window does and says what it knows afterwards. */
function send(kept: Kept, shown: DraftText, answer: { status: number; body: unknown }) {
  const call = callFor(kept, shown)
  if (!call) throw new Error('nothing to send')
  return { call, ...afterAnswer(kept, { call, text: shown }, answer) }
}

describe('a text that was saved while its page was left', () => {
  const left = { title: '제목', body: '본문', tags: [], kind: null, board: null }

  test('is found among the drafts by title and body', () => {
    expect(isAmong([{ title: '제목', body: '본문', id: 1 }], left)).toBe(true)
    expect(isAmong([{ title: '제목', body: '본문 더' }], left)).toBe(false)
    expect(isAmong([{ title: '', body: '본문' }], left)).toBe(false)
    expect(isAmong([{ body: '본문' }], { ...left, title: '' })).toBe(true)
    for (const odd of [null, undefined, {}, 'x', [null, 1, 'x']]) expect(isAmong(odd, left)).toBe(false)
  })

  test('is named by its title, else by how it begins', () => {
    expect(nameOf(left)).toBe('제목')
    expect(nameOf({ ...left, title: '', body: '  첫\n\n줄  ' })).toBe('첫 줄')
    expect(nameOf({ ...left, title: 'x'.repeat(80) })).toBe(`${'x'.repeat(60)}…`)
  })
})

describe('saving', () => {
  test('nothing is saved while there is nothing but a chosen board', () => {
    expect(callFor(fresh, empty)).toBeNull()
    expect(callFor(fresh, { ...text(' \n'), board: 'food' })).toBeNull()
  })

  test('the first save creates, later ones change the version that the window knows', () => {
    const first = send(fresh, text('a'), { status: 201, body: { id: 5, version: 1 } })
    expect(first.call).toMatchObject({ method: 'POST', path: '/drafts', body: { target: 'new', body: 'a' } })
    expect(callFor(first.kept, text('a'))).toBeNull()
    const second = send(first.kept, text('ab'), { status: 200, body: { id: 5, version: 2 } })
    expect(second.call).toMatchObject({ method: 'PUT', path: '/drafts/5', body: { version: 1, body: 'ab' } })
    expect(second.kept.version).toBe(2)
    expect(second.outcome).toBe('saved')
  })

  test('emptying a text that is saved is saved too', () => {
    const kept = { ...fresh, id: 5, version: 1, saved: text('a') }
    expect(callFor(kept, text(''))).toMatchObject({ method: 'PUT' })
    expect(callFor({ ...kept, base: 3 }, text('b'))?.body).toMatchObject({ version: 1, base: 3 })
    expect(callFor(kept, text('b'))?.body).not.toHaveProperty('base')
  })
})

describe('two windows with one draft', () => {
  test('the one that saves second keeps its text as a new draft', () => {
    const other = { ...fresh, id: 5, version: 1, saved: text('a') }
    const late = send(other, text('mine'), { status: 409, body: { code: 'draft-changed' } })
    expect(late.outcome).toBe('forked')
    expect(callFor(late.kept, text('mine'))).toMatchObject({
      method: 'POST',
      body: { target: 'new', body: 'mine' },
    })
  })

  test('a draft that the other window published or discarded is written anew', () => {
    const other = { ...fresh, id: 5, version: 1, saved: text('a') }
    expect(send(other, text('mine'), { status: 404, body: null }).outcome).toBe('forked')
  })
})

describe('a server that does not take it', () => {
  test('no answer, trouble and haste wait; a session that ended is named; the rest is refused', () => {
    const outcome = (status: number) => send(fresh, text('a'), { status, body: null }).outcome
    expect([0, 500, 503, 429].map(outcome)).toEqual(['waiting', 'waiting', 'waiting', 'waiting'])
    expect(outcome(401)).toBe('signed-out')
    expect([403, 413, 422].map(outcome)).toEqual(['refused', 'refused', 'refused'])
    expect(send(fresh, text('a'), { status: 201, body: {} }).kept).toEqual(fresh)
  })

  test('tries come at longer and longer pauses, at most a minute', () => {
    expect([1, 2, 3, 20].map(retryAfter)).toEqual([3000, 6000, 12_000, 60_000])
  })
})

describe('a copy on the device', () => {
  const copy = { at: 1, sent: false, text: text('lost') }

  test('is offered when the form shows another text', () => {
    expect(isWorthOffering(copy, empty, 'anew')).toBe(true)
    expect(isWorthOffering(copy, text('lost'), 'anew')).toBe(false)
    expect(isWorthOffering({ ...copy, text: nothingSaved }, empty, 'anew')).toBe(false)
  })

  test('is not offered after it was sent, unless one came back to the page', () => {
    expect(isWorthOffering({ ...copy, sent: true }, empty, 'anew')).toBe(false)
    expect(isWorthOffering({ ...copy, sent: true }, empty, 'again')).toBe(true)
  })

  test('is taken for one that may not have been sent, after reloading, coming back and signing in', () => {
    const site = 'https://example.org'
    expect(openedBy('navigate', '')).toBe('anew')
    expect(openedBy('navigate', `${site}/p/1/sign-in`)).toBe('anew')
    for (const way of ['reload', 'back_forward']) expect(openedBy(way, '')).toBe('again')
    for (const path of ['/sign-in?next=%2Fwrite', '/sign-in/second'])
      expect(openedBy('navigate', site + path)).toBe('again')
  })

  test('that cannot be read is none', () => {
    expect(readCopy(JSON.stringify(copy))).toEqual(copy)
    for (const broken of [null, '', '{', 'null', '{"at":1}', '{"at":1,"text":{"body":1}}'])
      expect(readCopy(broken)).toBeNull()
  })
})
