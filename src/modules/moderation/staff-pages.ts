import { canBlock, findListedMember } from '#modules/accounts/members.ts'
import type { Viewer } from '#modules/accounts/viewer.ts'
import { paths } from '#paths.ts'
import type { Db } from '#platform/database.ts'
import { invalid, NotFound } from '#platform/errors.ts'
import { formOf, tick } from '#platform/http/forms.ts'
import type { Server } from '#platform/http/server.ts'
import { IdParams } from '#platform/http/shapes.ts'
import type { FormState, Page } from '#ui/page.ts'
import type { Web } from '#ui/web.ts'
import { deskPage } from './guards.ts'
import { type ModeratedMemberData, moderatedMemberPage } from './member-views.ts'
import { addNote, findTombstone, listNotes, listTombstones, removeEverything } from './staff.ts'
import { leftMemberPage, leftPage, type StaffData } from './staff-views.ts'

/** A member's page for moderators. @throws Unauthenticated, Forbidden, NotFound */
export async function moderatedMember(
  db: Db,
  page: Page,
  given: { id: number } & Pick<ModeratedMemberData, 'done' | 'refused'>,
) {
  const { id, ...state } = given
  const member = await findListedMember(db, page.viewer, { id, now: page.now })
  const notes = await listNotes(db, page.viewer, id)
  const mayBlock = canBlock(page.viewer, member)
  return deskPage(member.name, moderatedMemberPage(page, { member, mayBlock, notes, ...state }), 'moderation')
}

/** Notes about members, who left, and the removal of everything somebody wrote; inside the moderators' scope. */
export function staffPages(pages: Server, web: Web): void {
  const { db } = web.deps
  pages.get('/mod/left', async (request, reply) => {
    const page = await web.page(request)
    const body = leftPage(page, await listTombstones(db, page.viewer))
    return web.show(reply, page, deskPage(page.words.staff.left, body, 'moderation'))
  })
  pages.get('/mod/left/:id', { schema: { params: IdParams } }, async (request, reply) => {
    const page = await web.page(request)
    return web.show(reply, page, await leftMember(page, request.params.id, null))
  })

  async function leftMember(page: Page, id: number, refused: StaffData['refused']) {
    const person = await findTombstone(db, page.viewer, id)
    const notes = await listNotes(db, page.viewer, id)
    return deskPage(person.name, leftMemberPage(page, { person, memberId: id, notes, refused }), 'moderation')
  }

  /** A refused form is shown again on the page of the member, be they here or gone. */
  async function again(page: Page, id: number, refused: NonNullable<StaffData['refused']>) {
    try {
      return await leftMember(page, id, refused)
    } catch (error) {
      if (!(error instanceof NotFound)) throw error
      return moderatedMember(db, page, { id, done: null, refused })
    }
  }

  async function placeOf(viewer: Viewer, id: number, done: 'notes' | 'sweep'): Promise<string> {
    const here = await findTombstone(db, viewer, id).catch(() => null)
    return here ? paths.leftMember(id) : paths.moderatedMember(id, undefined, done)
  }

  const works = {
    notes: (viewer: Viewer, memberId: number, typed: Record<string, string>) =>
      addNote(db, viewer, { memberId, text: typed['text'] ?? '', now: web.now() }),
    sweep: async (viewer: Viewer, memberId: number, typed: Record<string, string>) => {
      if (!typed['sure']) throw invalid('sure', 'sure')
      await removeEverything(db, viewer, { memberId, reason: typed['reason'] ?? '', now: web.now() })
    },
  }
  const fields = { notes: ['text'], sweep: ['reason', { sure: tick }] }
  for (const part of ['notes', 'sweep'] as const) {
    pages.post(`/mod/members/:id/${part}`, formOf(fields[part], IdParams), async (request, reply) => {
      const viewer = await web.member(request)
      const { id } = request.params
      const shown = (page: Page, state: FormState) => again(page, id, { part, state })
      return web.submit({ request, reply, again: shown }, async (typed) => {
        await works[part](viewer, id, typed)
        return placeOf(viewer, id, part)
      })
    })
  }
}
