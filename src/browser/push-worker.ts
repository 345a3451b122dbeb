/**
 * The service worker's part that shows pushed messages. `src/platform/assets.ts` puts it behind `service-worker.ts`, into
 * the same script: it imports nothing, and a block of its own keeps their names apart.
 */
{
  type Page = { focus: () => Promise<unknown>; navigate: (url: string) => Promise<unknown> }
  type Scope = EventTarget & {
    registration: {
      showNotification: (title: string, options: NotificationOptions) => Promise<void>
      pushManager: { subscribe: (options: unknown) => Promise<{ toJSON: () => unknown }> }
    }
    clients: {
      matchAll: (options: { type: 'window' }) => Promise<Page[]>
      openWindow: (url: string) => Promise<unknown>
    }
  }
  type Lasting = Event & { waitUntil: (work: Promise<unknown>) => void }
  type Pushed = Lasting & { data: { json: () => unknown } | null }
  type Pressed = Lasting & { notification: { close: () => void; data: unknown } }
  type Changed = Lasting & { oldSubscription?: { options: unknown } | null }

  const isScope = (value: object): value is Scope => 'registration' in value && 'clients' in value
  const isPushed = (event: Event): event is Pushed => 'waitUntil' in event && 'data' in event
  const isPressed = (event: Event): event is Pressed => 'waitUntil' in event && 'notification' in event
  const isLasting = (event: Event): event is Changed => 'waitUntil' in event

  const textOf = (value: unknown, name: string): string => {
    if (typeof value !== 'object' || value === null) return ''
    const found: unknown = Object.entries(value).find(([key]) => key === name)?.[1]
    return typeof found === 'string' ? found : ''
  }

  const sentIn = ({ data }: Pushed): unknown => {
    try {
      return data?.json() ?? null
    } catch {
      return null
    }
  }

  /** Where a message leads stays on this site. */
  const open = async (scope: Scope, path: unknown): Promise<void> => {
    const isOurs = typeof path === 'string' && /^\/(?![/\\])/.test(path)
    const wanted = isOurs ? path : '/notifications'
    const [page] = await scope.clients.matchAll({ type: 'window' })
    if (!page) await scope.clients.openWindow(wanted)
    else {
      await page.focus()
      await page.navigate(wanted)
    }
  }

  /** The browser's maker gave it another address: the site has to know. */
  const subscribeAgain = async (scope: Scope, options: unknown): Promise<void> => {
    const subscription = await scope.registration.pushManager.subscribe(options)
    const body = JSON.stringify(subscription.toJSON())
    await fetch('/api/v1/me/push', { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  }

  const watchPushes = (scope: Scope): void => {
    scope.addEventListener('push', (event) => {
      if (!isPushed(event)) return
      const sent = sentIn(event)
      const options = { body: textOf(sent, 'body'), tag: textOf(sent, 'tag'), data: textOf(sent, 'url') }
      // Something is shown whatever came: browsers end subscriptions that stay silent.
      event.waitUntil(scope.registration.showNotification(textOf(sent, 'title') || location.host, options))
    })
    scope.addEventListener('notificationclick', (event) => {
      if (!isPressed(event)) return
      event.notification.close()
      event.waitUntil(open(scope, event.notification.data))
    })
    scope.addEventListener('pushsubscriptionchange', (event) => {
      if (isLasting(event) && event.oldSubscription)
        event.waitUntil(subscribeAgain(scope, event.oldSubscription.options))
    })
  }

  const own: object = globalThis
  if (isScope(own)) watchPushes(own)
}
