import { callApi, property } from './api.ts'
import { element } from './dialog.ts'

/** Shows posts with a similar title below the field in which one is typed. */
export function showSimilar(title: HTMLInputElement, box: HTMLElement): void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let asked = 0
  const look = async () => {
    const text = title.value.trim()
    const turn = ++asked
    if (text.length < 4) return box.replaceChildren()
    const answer = await callApi('GET', `/search/similar?title=${encodeURIComponent(text.slice(0, 200))}`)
    if (turn === asked) show(box, property(answer.body, 'items'))
  }
  title.addEventListener('input', () => {
    clearTimeout(timer)
    timer = setTimeout(() => void look(), 600)
  })
}

function show(box: HTMLElement, items: unknown): void {
  const found = Array.isArray(items) ? items : []
  const rows = found.flatMap((item: unknown) => {
    const [text, url] = [property(item, 'title'), property(item, 'url')]
    if (typeof text !== 'string' || typeof url !== 'string' || !/^\/p\//.test(url)) return []
    const link = element('a', text)
    link.setAttribute('href', url)
    link.setAttribute('target', '_blank')
    const row = element('li', '')
    row.append(link)
    if (property(item, 'accepted') === true)
      row.append(' ', element('span', box.dataset['solved'] ?? '', 'mk ok'))
    return [row]
  })
  const list = element('ul', '', 'plain')
  list.append(...rows)
  box.replaceChildren(...(rows.length > 0 ? [element('p', box.dataset['label'] ?? ''), list] : []))
}
