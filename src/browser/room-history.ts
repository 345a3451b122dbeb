import type { ScriptWords } from '#ui/script-words.ts'
import { toast } from './announce.ts'
import { serverHtml } from './server-html.ts'

type Shown = { root: HTMLElement; list: HTMLElement; words: ScriptWords['chat'] }

/** Older messages are put above without moving what is read. */
export function watchOlder(shown: Shown): void {
  shown.root.addEventListener('click', (event) => {
    const link =
      event.target instanceof Element ? event.target.closest<HTMLAnchorElement>('a[data-older]') : null
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    void loadOlder(link, shown)
  })
}

async function loadOlder(link: HTMLAnchorElement, { list, words }: Shown): Promise<void> {
  const answer = await fetch(link.href).catch(() => null)
  if (!answer?.ok) return toast(words.offline)
  const page = serverHtml(await answer.text())
  const height = document.documentElement.scrollHeight
  const top = document.documentElement.scrollTop
  const rows = [...page.querySelectorAll<HTMLElement>('.msgs > ol > li')]
  const lastDay = rows.findLast((row) => row.dataset['day'])?.dataset['day']
  // The day that went on is said once, above its first message.
  list.querySelector(`.day[data-day="${lastDay}"]`)?.remove()
  list.prepend(...rows)
  const next = page.querySelector('.older')
  if (next) link.closest('.older')?.replaceWith(next)
  else link.closest('.older')?.remove()
  scrollTo({ top: top + document.documentElement.scrollHeight - height })
}

/** What is quoted stands here, or further back. */
export function watchQuotes(list: HTMLElement, room: string): void {
  list.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-quoted]') : null
    const number = Number(link?.dataset['quoted'])
    if (!link || document.getElementById(`m${number}`)) return
    event.preventDefault()
    location.assign(`/chat/${room}?before=${number + 1}#m${number}`)
  })
}
