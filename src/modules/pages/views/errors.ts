import { paths } from '#paths.ts'
import { type Html, html } from '#platform/html.ts'
import { icon } from '#ui/icon.ts'
import type { Page } from '#ui/page.ts'

export type ErrorData = {
  status: number
  /** What the refusal says in the reader's language. */
  message?: string
  /** What is wrong with which field. */
  wrong?: readonly string[]
  requestId?: string
  /** What was sent and not taken, for its writer to copy. */
  written?: string | undefined
  /** The title that was sent with it. */
  title?: string
  /** An address was asked for, nothing was sent: what is invalid stands in the address. */
  isAsked?: boolean
}

/** Refusals that say no more than the status does: the page's own text also says what to do next. */
const plainCodes = [
  'invalid',
  'not-found',
  'not-signed-in',
  'forbidden',
  'bad-request',
  'too-large',
  'unavailable',
  'internal',
] as const

/** A refusal or a failure as a page: what is so, and the next thing to do. */
export function errorPage(page: Page, data: ErrorData): Html {
  const { status, message, wrong = [], requestId, title, written, isAsked } = data
  const { words } = page
  const t = words.errorPages
  const isWrongAddress = status === 422 && isAsked
  const kind = isWrongAddress ? 400 : kindOf(page, status)
  const isPlain = message === undefined || plainCodes.some((code) => words.errors[code] === message)
  return html`<div class="error-page"><p class="small quiet num">${t.code({ status })}</p>
<h1>${t.titles[kind]}</h1>
<p>${isPlain ? t.texts[kind] : message}</p>${!isAsked && wrong.length > 0 && html`<ul class="plain">${wrong.map((one) => html`<li>${one}</li>`)}</ul>`}
<p class="ways">${ways(page, kind, isWrongAddress ? withoutQuery : firstPage)}</p>${
    written &&
    html`<p class="field"><label for="written">${t.written}</label><textarea id="written" rows="8" readonly>
${[title, written].filter(Boolean).join('\n\n')}</textarea></p>`
  }${
    requestId && status >= 500 && html`<p class="small quiet">${t.requestId} <code>${requestId}</code></p>`
  }</div>`
}

type Kind = keyof Page['words']['errorPages']['titles']

function kindOf(page: Page, status: number): Kind {
  const { titles } = page.words.errorPages
  const isKind = (value: number): value is Kind => Object.hasOwn(titles, value)
  if (isKind(status)) return status
  // Who asks for a format that is not there (501) asked wrongly; nothing failed.
  return status >= 500 && status !== 501 ? 500 : 400
}

/** A place in a list that cannot be read is what is wrong with most addresses: the list itself is there. */
function firstPage(address: string): string {
  const [path = '', query = ''] = address.split('?', 2)
  const rest = new URLSearchParams(query)
  rest.delete('after')
  return rest.size > 0 ? `${path}?${rest}` : path
}

const withoutQuery = (address: string) => address.split('?', 1)[0] ?? ''

/** `cure` leaves out of an address what cannot be understood. */
function ways({ words, viewer, here }: Page, kind: Kind, cure: (address: string) => string): Html {
  const t = words.errorPages
  const home = html`<a class="btn" href="${paths.home()}">${icon('home')}${t.home}</a>`
  const boards = html`<a class="btn" href="${paths.boards()}">${icon('boards')}${t.boards}</a>`
  const first = kind === 400 ? cure(here) : here
  const again = html`<a class="btn primary" href="${first}">${t.back}</a>`
  const signIn = html`<a class="btn primary" href="${paths.signIn(here)}">${words.site.signIn}</a>`
  if (kind === 401 || (kind === 403 && !viewer)) return html`${signIn} ${home}`
  // What cannot be understood is not understood the next time.
  if (kind === 400 && first === here) return html`${home} ${boards}`
  if (kind === 404 || kind === 403) return html`${home} ${boards}${!viewer && html` ${signIn}`}`
  return html`${again} ${home}`
}
