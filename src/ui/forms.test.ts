import { describe, expect, test } from 'vitest'
import { browserName } from '#modules/accounts/views/settings.ts'
import { languages } from '#words/words.ts'
import { type Field, form } from './forms.ts'
import type { FormState, Page } from './page.ts'

const page: Page = {
  words: languages.en,
  language: 'en',
  viewer: null,
  theme: 'system',
  site: { name: 'Madang' },
  timeZone: 'Asia/Seoul',
  here: '/',
  now: new Date('2026-01-01T00:00:00Z'),
  openReports: null,
  unread: null,
  freshChat: false,
}
const fields: Field[] = [
  { kind: 'text', name: 'name', label: 'Name', hint: 'Shown to all', required: true },
  { kind: 'text', name: 'password', label: 'Password', type: 'password', required: true },
  { kind: 'area', name: 'about', label: 'About' },
]

function shown(state: FormState, prefix?: string): string {
  return form(page, { action: '/x', state, fields, submit: 'Go', ...(prefix ? { prefix } : {}) }).text
}

describe('a form that was refused', () => {
  const text = shown({ values: { name: '<b>"x"', password: 'secret' }, errors: { name: 'Too short.' } })

  test('has a summary that takes the focus and leads to the field', () => {
    expect(text).toContain('role="alert" tabindex="-1" autofocus')
    expect(text).toContain('<li><a href="#field-name">Name</a>: Too short.</li>')
  })

  test('says the error beside the field, for screen readers too', () => {
    expect(text).toContain('<p class="field-error" id="field-name-error">Too short.</p>')
    expect(text).toMatch(
      /id="field-name"[^>]*aria-describedby="field-name-hint field-name-error"[^>]*aria-invalid="true"/,
    )
  })

  test('keeps what was typed, escaped, but no password', () => {
    expect(text).toContain('value="&lt;b&gt;&quot;x&quot;"')
    expect(text).not.toContain('secret')
  })
})

test('a form without errors has no summary, and its hints are tied to the fields', () => {
  const text = shown({ values: {}, errors: {} })
  expect(text).not.toContain('role="alert"')
  expect(text).toMatch(/id="field-name"[^>]*aria-describedby="field-name-hint"/)
  expect(text).not.toContain('aria-invalid')
})

test('an error without a field of its own is said in the summary all the same', () => {
  expect(shown({ values: {}, errors: { draft: 'Gone.' } })).toContain('<li>Gone.</li>')
})

test('several forms on one page have ids of their own', () => {
  expect(shown({ values: {}, errors: {} }, 'email')).toContain('<label for="email-name">')
})

test('the first line feed of a text survives', () => {
  expect(shown({ values: { about: '\nfirst' }, errors: {} })).toContain('>\n\nfirst</textarea>')
})

test('a user agent is told apart by browser and system, an unknown one is nameless', () => {
  expect(browserName('Mozilla/5.0 (Linux; Android 14) Chrome/130.0 Mobile Safari/537.36')).toBe(
    'Chrome, Android',
  )
  expect(browserName('Mozilla/5.0 (iPhone; CPU iPhone OS 18) Version/18 Safari/604')).toBe('Safari, iOS')
  expect(browserName('Mozilla/5.0 (Windows NT 10.0) Chrome/130 Whale/4')).toBe('Whale, Windows')
  expect(browserName('curl/8.5')).toBe('')
})
