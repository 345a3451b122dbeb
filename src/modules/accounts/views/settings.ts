import { countryNames } from '#modules/accounts/countries.ts'
import { commonZones } from '#modules/accounts/time-zones.ts'
import { paths } from '#paths.ts'
import { type Html, html, nothing } from '#platform/html.ts'
import { avatar } from '#ui/avatar.ts'
import { emptyState, type Field, form, type SelectField } from '#ui/forms.ts'
import type { FormState, Page } from '#ui/page.ts'
import { settingsTabs } from '#ui/settings-tabs.ts'
import { timeFull } from '#ui/time.ts'
import { languageChoices } from '#words/words.ts'
import { newPasswordFields } from './sign-in.ts'

export type SettingsPart = 'profile' | 'preferences' | 'email' | 'password' | 'sessions' | 'withdraw'

export type ListedSession = {
  kind: 'browser' | 'client'
  /** The user agent as it was sent; shown shortened. */
  agent: string
  seenAt: Date
  current: boolean
}

export type SettingsData = {
  about: string
  country: string
  email: string | null
  emailConfirmed: boolean
  mayInvite: boolean
  /** A new address, or the first one, that waits to be confirmed. */
  emailWaiting: string | null
  siteZone: string
  sessions: ListedSession[]
  /** The part that was just saved, for the message on top. */
  saved: Exclude<SettingsPart, 'withdraw'> | 'confirm' | null
  /** The part that was refused, with what was typed. */
  refused: { part: SettingsPart; state: FormState } | null
}

type Part = [id: string, label: string, body: Html]

/**
 * All settings, each part its own form. POST /settings/profile: `about`, `country`, `timeZone`; POST /preferences: `language` ('' for the browser's),
 * `theme`, `next`; POST /settings/email: `email`, `password`; POST /settings/password: `password` (the current one),
 * `newPassword`, `newPassword2`; POST /settings/confirm and /settings/sessions: nothing; POST /settings/withdraw: `password`, `sure`.
 */
export function settingsPage(page: Page, data: SettingsData): Html {
  const { account, invitations, rights } = page.words
  const parts: Part[] = [
    ['profile', account.profile, profilePart(page, data)],
    ['preferences', account.view, preferencesPart(page, data)],
    ['email', account.email, emailPart(page, data)],
    ['password', account.password, passwordPart(page, data)],
    ['sessions', account.sessions, sessionsPart(page, data)],
    ...(data.mayInvite ? [['invitations', invitations.title, invitationsPart(page)] satisfies Part] : []),
    ['export', rights.exportTitle, exportPart(page)],
    ['withdraw', account.withdraw, withdrawPart(page, data)],
  ]
  return html`<div class="form-page settings">
${settingsTabs(page, 'general')}
<h1>${account.title}</h1>
${data.saved && html`<p class="note" role="status">${account.saved[data.saved]}</p>`}
<nav class="settings-nav" aria-label="${account.sections}">
<ul>${parts.map(([id, label]) => html`<li><a href="#${id}">${label}</a></li>`)}</ul>
</nav>
<div class="settings-parts">
${parts.map(
  ([id, label, body]) => html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${label}</h2>
${body}
</section>`,
)}
</div>
</div>`
}

function stateOf(data: SettingsData, part: SettingsPart, values: Record<string, string> = {}): FormState {
  return data.refused?.part === part ? data.refused.state : { values, errors: {} }
}

function profilePart(page: Page, data: SettingsData): Html {
  const { account, files, forms } = page.words
  const { about, country } = data
  return html`<p class="own-picture">${avatar(page.viewer?.name ?? '', page.viewer?.avatar)} <a class="btn" href="${paths.settingsPart('avatar')}">${files.avatarChange}</a></p>
${form(page, {
  action: paths.settingsPart('profile'),
  prefix: 'profile',
  state: stateOf(data, 'profile', { about, country, timeZone: page.viewer?.timeZone ?? '' }),
  submit: forms.save,
  fields: [
    { kind: 'area', name: 'about', label: account.about, hint: account.aboutHint, rows: 5 },
    {
      kind: 'select',
      name: 'country',
      label: account.country,
      hint: account.countryHint,
      options: [
        { value: '', label: account.countryNone },
        ...countryNames(page.language).map(({ code, name }) => ({ value: code, label: name })),
      ],
    },
    zoneField(page, data.siteZone),
    { kind: 'between', html: zoneOffer(page) },
  ],
})}`
}

function zoneField(page: Page, siteZone: string): SelectField {
  const { account } = page.words
  const group = { common: account.zonesCommon, all: account.zonesAll }
  const option = (zone: string, label: string) => ({
    value: zone,
    label: zone.replaceAll('_', ' '),
    group: label,
  })
  const own = page.viewer?.timeZone ?? 'UTC'
  const rest = new Set([...Intl.supportedValuesOf('timeZone'), own]).difference(new Set(commonZones))
  return {
    kind: 'select',
    name: 'timeZone',
    label: account.timeZone,
    hint: account.timeZoneHint,
    required: true,
    options: [
      { value: '', label: account.siteZone({ zone: siteZone.replaceAll('_', ' ') }) },
      ...commonZones.map((zone) => option(zone, group.common)),
      ...[...rest].sort().map((zone) => option(zone, group.all)),
    ],
  }
}

/** A script shows it once to who reads on another clock than the page's, and chooses that one. */
function zoneOffer(page: Page): Html {
  return html`<p class="note" role="status" data-zone="${page.timeZone}" hidden><span>${page.words.account.zoneOffer}</span></p>`
}

function preferencesPart(page: Page, data: SettingsData): Html {
  const { account, forms } = page.words
  return form(page, {
    action: paths.preferences(),
    prefix: 'preferences',
    state: stateOf(data, 'preferences', { language: page.viewer?.language ?? '', theme: page.theme }),
    submit: forms.save,
    fields: [
      { kind: 'hidden', name: 'next', value: paths.settings() },
      {
        kind: 'choice',
        name: 'language',
        label: account.language,
        options: [{ value: '', label: account.languageBrowser }, ...languageChoices],
      },
      {
        kind: 'choice',
        name: 'theme',
        label: account.theme,
        options: Object.entries(account.themes).map(([value, label]) => ({ value, label })),
      },
    ],
  })
}

function currentPassword(page: Page): Field {
  const { account } = page.words
  return {
    kind: 'text',
    name: 'password',
    label: account.current,
    type: 'password',
    autocomplete: 'current-password',
    required: true,
  }
}

function emailPart(page: Page, data: SettingsData): Html {
  const { account } = page.words
  return html`<p class="hint">${data.email ? account.emailNow({ email: data.email }) : account.emailNone}${
    data.email && data.emailConfirmed && html` ${account.emailConfirmed}`
  }</p>
${data.emailWaiting !== null && waitingNote(page, data.emailWaiting)}
${form(page, {
  action: paths.settingsPart('email'),
  prefix: 'email',
  state: stateOf(data, 'email'),
  submit: account.changeEmail,
  fields: [
    {
      kind: 'text',
      name: 'email',
      label: account.newEmail,
      type: 'email',
      autocomplete: 'email',
      spellcheck: false,
      required: true,
    },
    currentPassword(page),
  ],
})}`
}

function waitingNote(page: Page, email: string): Html {
  const { account } = page.words
  return html`<div class="note"><div><p>${account.emailWaiting({ email })}</p>
<form method="post" action="${paths.settingsPart('confirm')}"><button class="btn">${account.confirmAgain}</button></form></div></div>`
}

function passwordPart(page: Page, data: SettingsData): Html {
  const { account } = page.words
  const [first, second] = newPasswordFields(page)
  return form(page, {
    action: paths.settingsPart('password'),
    prefix: 'password',
    state: stateOf(data, 'password'),
    submit: account.changePassword,
    fields: [
      currentPassword(page),
      { ...first, name: 'newPassword', label: account.newPassword },
      { ...second, name: 'newPassword2', label: account.newPassword2 },
    ],
  })
}

function sessionsPart(page: Page, data: SettingsData): Html {
  const { account } = page.words
  const rows = data.sessions.map((session) => {
    const label = browserName(session.agent) || (session.kind === 'client' ? account.client : account.browser)
    const seen = session.current
      ? html`<strong>${account.thisDevice}</strong>`
      : html`${account.seen} ${timeFull(page, session.seenAt)}`
    return html`<li><span>${label}</span> <small class="quiet">${seen}</small></li>`
  })
  return html`<ul class="plain lines">${rows}</ul>
<p><a href="${paths.security()}">${account.toSecurity}</a></p>
${
  data.sessions.length > 1
    ? form(page, {
        action: paths.settingsPart('sessions'),
        prefix: 'sessions',
        state: emptyState,
        submit: account.signOutOthers,
        fields: [],
      })
    : html`<p class="hint">${account.onlyThis}</p>`
}`
}

const browsers: [RegExp, string][] = [
  [/Edg\//, 'Edge'],
  [/SamsungBrowser\//, 'Samsung Internet'],
  [/Whale\//, 'Whale'],
  [/OPR\//, 'Opera'],
  [/Firefox\/|FxiOS\//, 'Firefox'],
  [/Chrome\/|CriOS\//, 'Chrome'],
  [/Safari\//, 'Safari'],
]
const systems: [RegExp, string][] = [
  [/Android/, 'Android'],
  [/iPhone|iPad/, 'iOS'],
  [/Mac OS X/, 'macOS'],
  [/Windows/, 'Windows'],
  [/CrOS/, 'ChromeOS'],
  [/Linux/, 'Linux'],
]

/** "Firefox, Android" from a user agent: enough to know one's own devices apart. Empty when unknown. */
export function browserName(agent: string): string {
  const find = (list: [RegExp, string][]) => list.find(([pattern]) => pattern.test(agent))?.[1]
  return [find(browsers), find(systems)].filter(Boolean).join(', ')
}

function invitationsPart({ words }: Page): Html {
  return html`<p>${words.invitations.text}</p>
<p><a class="btn" href="${paths.invitations()}">${words.invitations.submit}</a></p>`
}

function exportPart({ words: { rights } }: Page): Html {
  return html`<p>${rights.exportText}</p>
<form method="post" action="${paths.exportAll()}"><button class="btn">${rights.exportButton}</button></form>`
}

function withdrawPart(page: Page, data: SettingsData): Html {
  const { account } = page.words
  return html`<p>${account.withdrawText}</p>
<details${data.refused?.part === 'withdraw' ? html` open` : nothing}>
<summary class="btn">${account.withdraw}…</summary>
${form(page, {
  action: paths.settingsPart('withdraw'),
  prefix: 'withdraw',
  state: stateOf(data, 'withdraw'),
  submit: account.withdrawSubmit,
  danger: true,
  fields: [
    currentPassword(page),
    { kind: 'check', name: 'sure', label: account.withdrawSure, required: true },
  ],
})}
</details>`
}
