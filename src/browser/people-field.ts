import { callApi, property } from './api.ts'
import { prefixToAsk } from './mention-token.ts'

/** Milliseconds of quiet before the server is asked. */
const pause = 150

/** Offers members in the browser's own list while names are typed, with commas between them. */
function offerPeople(field: HTMLInputElement): void {
  const list = document.createElement('datalist')
  list.id = `${field.id}-people`
  field.after(list)
  field.setAttribute('list', list.id)
  let timer: ReturnType<typeof setTimeout> | undefined
  field.addEventListener('input', (event) => {
    clearTimeout(timer)
    const composing = event instanceof InputEvent && event.isComposing
    timer = setTimeout(() => void look(field, { list, composing }), pause)
  })
}

async function look(
  field: HTMLInputElement,
  { list, composing }: { list: HTMLDataListElement; composing: boolean },
): Promise<void> {
  const { value } = field
  const start = value.lastIndexOf(',') + 1
  const typed = value.slice(start).trim().replace(/^@/, '')
  const before = start === 0 ? '' : `${value.slice(0, start)} `
  if (typed === '') return list.replaceChildren()
  const prefix = encodeURIComponent(prefixToAsk(typed, composing))
  const { body } = await callApi('GET', `/members?prefix=${prefix}&limit=8`)
  const items = property(body, 'items')
  if (field.value !== value || !Array.isArray(items)) return
  list.replaceChildren(...items.map((item: unknown) => new Option('', `${before}${property(item, 'name')}`)))
}

for (const field of document.querySelectorAll<HTMLInputElement>('input[name=names], input[name=member]')) {
  offerPeople(field)
}
