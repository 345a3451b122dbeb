import { type Child, type Html, html } from '#platform/html.ts'

/** What stands where a list would be: what is so, and the next thing to do. */
export function emptyPlace(given: {
  title: string
  text?: string
  action?: { href: string; label: string }
}): Html {
  return html`<div class="empty"><p class="empty-title">${given.title}</p>${given.text && html`<p>${given.text}</p>`}${action(given.action)}</div>`
}

function action(given: { href: string; label: string } | undefined): Child {
  return given && html`<p><a class="btn" href="${given.href}">${given.label}</a></p>`
}
