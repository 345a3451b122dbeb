import { scriptAddress } from './server-html.ts'

/** Lets the service worker keep what this member reads, once the page itself is there. */
export function keepOffline(): void {
  const { serviceWorker } = navigator
  // Without https there is none.
  if (!serviceWorker) return
  const register = () => {
    const registered: Promise<unknown> = Reflect.apply(serviceWorker.register, serviceWorker, [
      scriptAddress('/service-worker.js'),
    ])
    registered.catch(() => {})
  }
  if (document.readyState === 'complete') register()
  else window.addEventListener('load', register, { once: true })
}
