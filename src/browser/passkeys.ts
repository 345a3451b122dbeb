/** Fills in the forms that need a passkey: the button asks the device, and the answer is sent as the form's `response`. */
import { callApi, messageOf, property } from './api.ts'

/** A challenge lives five minutes: the offer in the name field is made anew before. */
const offerLife = 240_000

let offer: AbortController | null = null

/** A passkey belongs to a name; at an address of digits (127.0.0.1, [::1]) every browser refuses it without a word. */
const hasName = !/^[\d.]+$|:/.test(location.hostname)

const knowsPasskeys = () =>
  hasName &&
  'PublicKeyCredential' in window &&
  'parseRequestOptionsFromJSON' in PublicKeyCredential &&
  'parseCreationOptionsFromJSON' in PublicKeyCredential

for (const note of document.querySelectorAll<HTMLElement>('[data-passkey-off]')) note.hidden = knowsPasskeys()
if (knowsPasskeys()) {
  for (const form of document.querySelectorAll<HTMLFormElement>('form[data-passkey]')) watch(form)
}

function watch(form: HTMLFormElement): void {
  form.hidden = false
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void ask(form)
  })
  // Where a name is asked for, the browser can offer passkeys in its list.
  if (document.querySelector('input[autocomplete~="webauthn"]')) void offerIn(form)
}

async function ask(form: HTMLFormElement): Promise<void> {
  offer?.abort()
  say(form, '')
  const made = form.dataset['passkey'] === 'add' ? await create() : await get({})
  if (typeof made === 'string') say(form, made || (form.dataset['failed'] ?? ''))
  else send(form, made)
}

async function offerIn(form: HTMLFormElement): Promise<void> {
  const own = new AbortController()
  offer = own
  const isKnown = await PublicKeyCredential.isConditionalMediationAvailable?.()
  // The button was quicker.
  if (!isKnown || own.signal.aborted) return
  const timer = setTimeout(() => {
    own.abort()
    void offerIn(form)
  }, offerLife)
  const used = await get({ mediation: 'conditional', signal: own.signal })
  clearTimeout(timer)
  if (typeof used !== 'string') send(form, used)
}

/** The device's answer, or why there is none: the server's words, or nothing. */
async function get(options: CredentialRequestOptions): Promise<PublicKeyCredential | string> {
  const answer = await callApi('POST', '/sessions/passkey/options')
  const asked = requestOf(answer.body)
  if (answer.status !== 200 || !asked) return messageOf(answer, '')
  try {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(asked)
    return passkeyIn(await navigator.credentials.get({ ...options, publicKey }))
  } catch {
    return ''
  }
}

async function create(): Promise<PublicKeyCredential | string> {
  const answer = await callApi('POST', '/me/passkeys/options')
  const asked = creationOf(answer.body)
  if (answer.status !== 200 || !asked) return messageOf(answer, '')
  try {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(asked)
    return passkeyIn(await navigator.credentials.create({ publicKey }))
  } catch {
    return ''
  }
}

function passkeyIn(credential: Credential | null): PublicKeyCredential | string {
  return credential instanceof PublicKeyCredential ? credential : ''
}

// The browser checks what it is given; here only whether it is of the kind.
function requestOf(body: unknown): PublicKeyCredentialRequestOptionsJSON | null {
  return isRequest(body) ? body : null
}
function isRequest(body: unknown): body is PublicKeyCredentialRequestOptionsJSON {
  return typeof property(body, 'challenge') === 'string'
}
function creationOf(body: unknown): PublicKeyCredentialCreationOptionsJSON | null {
  return isCreation(body) ? body : null
}
function isCreation(body: unknown): body is PublicKeyCredentialCreationOptionsJSON {
  return typeof property(body, 'challenge') === 'string' && property(body, 'user') !== undefined
}

function send(form: HTMLFormElement, passkey: PublicKeyCredential): void {
  const field = form.elements.namedItem('response')
  if (!(field instanceof HTMLInputElement)) return
  field.value = JSON.stringify(passkey)
  // Without the listener above.
  form.submit()
}

function say(form: HTMLFormElement, text: string): void {
  const place = form.querySelector<HTMLElement>('.field-error')
  if (!place) return
  place.textContent = text
  place.hidden = text === ''
}
