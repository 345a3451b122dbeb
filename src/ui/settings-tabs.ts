import { paths } from '#paths.ts'
import { type Html, html } from '#platform/html.ts'
import type { Page } from './page.ts'

type SettingsPlace = 'general' | 'security' | 'notifications' | 'follows' | 'people' | 'keys'

/** The places of a member's settings, above each of them. */
export function settingsTabs({ words }: Page, current: SettingsPlace): Html {
  const tabs = [
    ['general', words.account.general, paths.settings()],
    ['security', words.security.title, paths.security()],
    ['notifications', words.notifications.title, paths.settingsPart('notifications')],
    ['follows', words.follows.title, paths.follows()],
    ['people', words.rights.peopleTitle, paths.people()],
    ['keys', words.apiKeys.title, paths.keys()],
  ] as const
  return html`<nav class="tabs" aria-label="${words.account.title}">${tabs.map(
    ([place, label, href]) =>
      html`<a href="${href}"${place === current && html` aria-current="page"`}>${label}</a>`,
  )}</nav>`
}
