/** HTML that is safe to send: made only by `html` and `raw`. */
export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
  toString(): string {
    return this.text
  }
}

export type Child = Html | string | number | null | undefined | false | readonly Child[]

const needsEscape = /[&<>"']/
const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Escapes text for an element's content or a quoted attribute. */
export function escapeHtml(text: string): string {
  return needsEscape.test(text)
    ? text.replace(/[&<>"']/g, (character) => entities[character] as string)
    : text
}

function render(child: Child): string {
  if (child instanceof Html) return child.text
  if (typeof child === 'string') return escapeHtml(child)
  if (typeof child === 'number') return String(child)
  if (child === null || child === undefined || child === false) return ''
  let text = ''
  for (const one of child) text += render(one)
  return text
}

/** Builds HTML; every value is escaped unless it is itself `Html`. Null, undefined and false leave nothing behind. */
export function html(strings: TemplateStringsArray, ...children: Child[]): Html {
  let text = strings[0] as string
  for (let i = 0; i < children.length; i++) {
    const child = children[i]
    text += (typeof child === 'string' ? escapeHtml(child) : render(child)) + (strings[i + 1] as string)
  }
  return new Html(text)
}

/** Marks text as HTML that was made safe elsewhere (rendered Markdown). Never for text a person typed. */
export function raw(text: string): Html {
  return new Html(text)
}

export const nothing = new Html('')
