import type { SignUpMode } from '#modules/accounts/joining.ts'
import { paths } from '#paths.ts'
import { type Html, html } from '#platform/html.ts'
import { type Field, form } from '#ui/forms.ts'
import type { FormState, Page } from '#ui/page.ts'
import { textLinks } from '#ui/text-links.ts'
import { newPasswordFields, noticePage } from './sign-in.ts'

/** Who invites, and by which link; the form is sent there. */
export type Invited = { token: string; byName: string; email: string | null; board: string | null }
/** Another site that knows people, and where going there begins. */
type Issuer = { name: string; href: string }

/** POST /sign-up or /join/{token}: `name`, `email`, `password`, `password2`, `next`, and `message` where sign-ups are approved. */
export function signUpPage(
  page: Page,
  given: {
    state: FormState
    next: string | null
    mode: SignUpMode
    invited: Invited | null
    issuer: Issuer | null
  },
): Html {
  const { signUp, signIn } = page.words
  const { state, next, invited } = given
  const asks = given.mode === 'approval' && !invited
  return html`<div class="form-page narrow">
<h1>${signUp.title}</h1>
${invited && html`<p class="lead">${invitation(page, invited)}</p>`}
${asks && html`<p class="lead">${signUp.approvalText}</p>`}
${form(page, {
  action: invited ? paths.join(invited.token) : paths.signUp(),
  state,
  submit: asks ? signUp.ask : signUp.submit,
  fields: [
    { kind: 'hidden', name: 'next', value: next },
    ...nameAndEmailFields(page),
    ...newPasswordFields(page),
    ...(asks ? [messageField(page)] : []),
    ...agreement(page),
  ],
})}
${given.issuer && html`<p class="other-ways"><a class="btn" rel="nofollow" href="${given.issuer.href}">${signUp.withIssuer(given.issuer)}</a></p>`}
<p class="aside">${signUp.haveAccount} <a href="${paths.signIn(next ?? undefined)}">${signIn.submit}</a></p>
</div>`
}

function invitation({ words, site }: Page, { byName: name, board }: Invited): string {
  const { signUp: t } = words
  return board === null
    ? t.invitedBy({ name, site: site.name })
    : t.invitedTo({ name, board, site: site.name })
}

/** The same whether the address was free or taken: what is so, its owner reads in the mail. */
export function signUpSentPage(page: Page, given: { email: string }): Html {
  const { signUp, signIn } = page.words
  return noticePage({
    title: signUp.sent,
    text: signUp.sentText(given),
    next: { href: paths.signIn(), label: signIn.submit },
  })
}

export function messageField({ words }: Page): Field {
  const { signUp } = words
  return {
    kind: 'area',
    name: 'message',
    label: signUp.message,
    hint: signUp.messageHint,
    rows: 4,
    required: true,
  }
}

/** What one agrees to by signing up, where the site has written it down. */
export function agreement(page: Page): Field[] {
  const texts = page.site.texts?.filter((name) => name !== 'contact') ?? []
  if (texts.length === 0) return []
  return [
    {
      kind: 'between',
      html: html`<p class="hint">${page.words.signUp.agree} ${textLinks(page, texts, ' · ')}</p>`,
    },
  ]
}

/** Nobody signs up here by themselves. */
export function noSignUpPage(page: Page, mode: 'closed' | 'invitation'): Html {
  const { signUp, signIn } = page.words
  return noticePage({
    title: mode === 'closed' ? signUp.closed : signUp.byInvitation,
    text: mode === 'closed' ? signUp.closedText : signUp.byInvitationText,
    next: { href: paths.signIn(), label: signIn.submit },
  })
}

/** An invitation that does not work. */
export function invitationGonePage(page: Page): Html {
  const { signUp, site } = page.words
  return noticePage({
    title: signUp.invitationGone,
    text: signUp.invitationGoneText,
    next: { href: paths.home(), label: site.home },
  })
}

/** Name and e-mail of somebody new. */
export function nameAndEmailFields(page: Page): Field[] {
  const { signUp } = page.words
  return [
    {
      kind: 'text',
      name: 'name',
      label: signUp.name,
      hint: signUp.nameHint,
      autocomplete: 'username',
      spellcheck: false,
      required: true,
    },
    {
      kind: 'text',
      name: 'email',
      label: signUp.email,
      hint: signUp.emailHint,
      type: 'email',
      autocomplete: 'email',
      spellcheck: false,
      required: true,
    },
  ]
}
