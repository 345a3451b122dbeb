import { Type } from 'typebox'
import { paths } from '#paths.ts'
import { invalid } from '#platform/errors.ts'
import { buttonOf } from '#platform/http/forms.ts'
import type { Server } from '#platform/http/server.ts'
import { IdParams } from '#platform/http/shapes.ts'
import { typedIn, type Web } from '#ui/web.ts'
import type { Kind } from './kinds.ts'
import { findNotification, listNotifications, type NotificationFilter, placeOf } from './list.ts'
import { markNotificationsRead } from './read.ts'
import { isShow, notificationsPage, type Show } from './views.ts'

const pageSize = 30
const kindsOf: Partial<Record<Show, readonly Kind[]>> = { mention: ['mention'], follow: ['follow'] }

function filterOf(show: Show): NotificationFilter {
  const kinds = kindsOf[show]
  return { unread: show === 'unread', ...(kinds ? { kinds } : {}) }
}

/** /notifications: what the reader is told of, and the way from one to what it is about. */
export function notificationPages(pages: Server, web: Web): void {
  const { db, notifier } = web.deps
  const query = Type.Object({
    show: Type.Optional(Type.String({ maxLength: 20 })),
    after: Type.Optional(Type.String({ maxLength: 100 })),
  })
  pages.get('/notifications', { schema: { querystring: query } }, async (request, reply) => {
    const page = await web.memberPage(request)
    const { after = null } = request.query
    const show = isShow(request.query.show) ? request.query.show : 'all'
    const list = await listNotifications(db, page.viewer, { ...filterOf(show), after, limit: pageSize })
    return web.show(reply, page, {
      title: page.words.notifications.title,
      body: notificationsPage(page, { ...list, show, after }),
      current: 'notifications',
      width: 'list',
      robots: 'noindex',
    })
  })

  // Opening one is reading it; what it is about is asked for anew there.
  pages.get('/notifications/:id', { schema: { params: IdParams } }, async (request, reply) => {
    const viewer = await web.member(request)
    const { id } = request.params
    await markNotificationsRead(db, viewer, { ids: [id], now: web.now() })
    notifier.bell.ring([viewer.id])
    const notification = await findNotification(db, viewer, id)
    return reply.header('cache-control', 'no-store').redirect(placeOf(notification), 303)
  })

  pages.post('/notifications/read', buttonOf(['until']), async (request, reply) => {
    const viewer = await web.member(request)
    const { until = '' } = typedIn(request)
    const now = web.now()
    const last = until === '' ? now : new Date(until)
    if (Number.isNaN(last.getTime())) throw invalid('until', 'type')
    await markNotificationsRead(db, viewer, { until: last, now })
    notifier.bell.ring([viewer.id])
    return reply.redirect(paths.notifications(), 303)
  })
}
