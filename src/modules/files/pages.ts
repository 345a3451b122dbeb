import multipart from '@fastify/multipart'
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { paths } from '#paths.ts'
import { formOf } from '#platform/http/forms.ts'
import type { Server } from '#platform/http/server.ts'
import type { FormState, Page } from '#ui/page.ts'
import type { Web } from '#ui/web.ts'
import { removeAvatar, setAvatar } from './avatars.ts'
import { findFile, storeImage } from './files.ts'
import { readAddress } from './names.ts'
import { takeFormUpload } from './requests.ts'
import { avatarPage, uploadPage } from './views.ts'

const emptyForm: FormState = { values: {}, errors: {} }

/** Uploads without script: a page for pictures, and the form for one's own. */
export function filePages(pages: Server, web: Web): void {
  pages.register(async (instance: FastifyInstance) => {
    const scope = instance as Server
    const { maxBytes } = web.deps.files
    await scope.register(multipart, {
      limits: { files: 1, fields: 5, parts: 6, fileSize: maxBytes + 1, fieldSize: 1000 },
    })
    uploadPages(scope, web)
    avatarPages(scope, web)
  })
}

function uploadPages(pages: Server, web: Web): void {
  const { db, files: tools } = web.deps
  const options = (page: Page, state: FormState, uploaded: string | null) => ({
    title: page.words.files.upload,
    body: uploadPage(page, { state, uploaded, limit: tools.maxBytes }),
    robots: 'noindex',
  })
  const querystring = Type.Object({ name: Type.Optional(Type.String({ maxLength: 40 })) })
  pages.get('/upload', { schema: { querystring } }, async (request, reply) => {
    const page = await web.memberPage(request)
    const given = request.query.name
    const name = given === undefined ? null : readAddress(`${given}.webp`).name
    if (name) await findFile(db, page.viewer, name)
    return web.show(reply, page, options(page, emptyForm, name))
  })
  pages.post('/upload', formOf(['image']), async (request, reply) => {
    const viewer = await web.member(request)
    return web.submit({ request, reply, again: (page, state) => options(page, state, null) }, () =>
      takeFormUpload({ request, reply, limit: tools.maxBytes }, async ({ filename, ...sent }) => {
        const upload = { tools, ...sent, title: filename, shape: 'whole', now: web.now() } as const
        return paths.upload((await storeImage(db, viewer, upload)).name)
      }),
    )
  })
}

function avatarPages(pages: Server, web: Web): void {
  const { db, files: tools } = web.deps
  const options = (page: Page, state: FormState, saved: boolean) => ({
    title: page.words.files.avatar,
    body: avatarPage(page, { state, saved, limit: tools.maxBytes }),
    current: 'me' as const,
    robots: 'noindex',
  })
  const again = (page: Page, state: FormState) => options(page, state, false)
  const querystring = Type.Object({ saved: Type.Optional(Type.String({ maxLength: 5 })) })
  pages.get('/settings/avatar', { schema: { querystring } }, async (request, reply) => {
    const page = await web.memberPage(request)
    return web.show(reply, page, options(page, emptyForm, request.query.saved === '1'))
  })
  pages.post('/settings/avatar', formOf(['image']), async (request, reply) => {
    const viewer = await web.member(request)
    return web.submit({ request, reply, again }, () =>
      takeFormUpload({ request, reply, limit: tools.maxBytes }, async (sent) => {
        await setAvatar(db, viewer, { tools, ...sent, now: web.now() })
        return paths.settingsPart('avatar', 1)
      }),
    )
  })
  pages.post('/settings/avatar/remove', formOf([]), async (request, reply) => {
    const viewer = await web.member(request)
    return web.submit({ request, reply, again }, async () => {
      await removeAvatar(db, viewer, { now: web.now() })
      return paths.settingsPart('avatar', 1)
    })
  })
}
