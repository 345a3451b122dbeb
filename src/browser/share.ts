import { toast } from './announce.ts'
import { callApi } from './api.ts'

/**
 * Sharing by the device where it can, else the address goes to the clipboard; without either the link's page shows it. What
 * stands on a page to be copied is selected by one press.
 */
export function watchSharing(): void {
  document.addEventListener('click', (event) => {
    if (event.target instanceof HTMLInputElement && event.target.readOnly) event.target.select()
    const link =
      event.target instanceof Element ? event.target.closest<HTMLAnchorElement>('a[data-share]') : null
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return
    const can = 'share' in navigator || 'clipboard' in navigator
    if (!can) return
    event.preventDefault()
    void share(link)
  })
}

async function share(link: HTMLAnchorElement): Promise<void> {
  const address = new URL(`/p/${link.dataset['share']}?ref=share`, location.href).href
  const how = 'share' in navigator ? 'share' : 'link'
  try {
    if (how === 'share') await navigator.share({ title: document.title, url: address })
    else await navigator.clipboard.writeText(address)
  } catch (error) {
    // Who closed the device's sheet wanted nothing else.
    if (!(error instanceof DOMException && error.name === 'AbortError')) location.assign(link.href)
    return
  }
  if (how === 'link') toast(link.dataset['copied'] ?? '')
  await callApi('POST', `/posts/${link.dataset['share']}/share`, { body: { how } })
}
