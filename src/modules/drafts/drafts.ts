import { requireWriter } from '#modules/accounts/accounts.ts'
import type { Viewer } from '#modules/accounts/viewer.ts'
import { postLimits } from '#modules/posts/rules.ts'
import { ask, type Db } from '#platform/database.ts'
import { Conflict, invalid, NotFound, refuse } from '#platform/errors.ts'
import { cleanText } from '#platform/text.ts'

/** Text that is being written. `target` says for what: `new`, `post:ID` (edit), `reply:POST`, `reply:POST:COMMENT`, `comment:ID` (edit). */
export type Draft = {
  id: number
  target: string
  version: number
  title: string
  body: string
  tags: string[]
  kind: 'discussion' | 'question' | null
  board: string | null
  /** Of an edit: the version that it was begun from, when that is known. */
  base: number | null
  updatedAt: Date
}
export type DraftText = {
  title?: string | undefined
  body?: string | undefined
  tags?: readonly string[] | undefined
  kind?: Draft['kind'] | undefined
  board?: string | null | undefined
  base?: number | null | undefined
}

const columns = `id, target, version, title, body, tags, kind, board, base_version as base, updated_at as "updatedAt"`
const targetShape = /^(new|post:\d{1,15}|reply:\d{1,15}(:\d{1,15})?|comment:\d{1,15})$/
/** A member keeps at most this many; the oldest go first. */
const keep = 100

/** Unfinished text has no rules but its size: twice what may be published, so that nobody loses what is too long. */
function clean(text: DraftText) {
  const title = cleanText(text.title ?? '')
  const body = cleanText(text.body ?? '')
  const tags = (text.tags ?? []).slice(0, 20).map((tag) => cleanText(tag).slice(0, 100))
  const fields = []
  if (title.length > postLimits.title * 2)
    fields.push({ field: 'title', code: 'too-long', facts: { limit: postLimits.title * 2 } })
  if (body.length > postLimits.body * 2)
    fields.push({ field: 'body', code: 'too-long', facts: { limit: postLimits.body * 2 } })
  refuse(fields)
  return { title, body, tags, kind: text.kind ?? null, board: text.board?.slice(0, 80) ?? null }
}

/** Keeps text as a new draft. @throws Unauthenticated, Forbidden, Invalid */
export async function createDraft(
  db: Db,
  viewer: Viewer | null,
  input: DraftText & { target: string; now: Date },
): Promise<Draft> {
  requireWriter(viewer)
  if (!targetShape.test(input.target)) throw invalid('target', 'type')
  const { title, body, tags, kind, board } = clean(input)
  const [draft] = await ask<Draft>(
    db,
    `insert into drafts (member_id, target, title, body, tags, kind, board, created_at, updated_at, base_version)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9) returning ${columns}`,
    [viewer.id, input.target, title, body, tags, kind, board, input.now, input.base ?? null],
  )
  await ask(
    db,
    `delete from drafts where id in (
       select id from drafts where member_id = $1 order by updated_at desc, id desc offset ${keep}
     )`,
    [viewer.id],
  )
  if (!draft) throw new NotFound()
  return draft
}

/**
 * Saves over a draft that is still the version the window knows. Another window's save is never overwritten:
 * @throws Conflict('draft-changed'), after which the window keeps its text as a draft of its own.
 */
export async function saveDraft(
  db: Db,
  viewer: Viewer | null,
  input: DraftText & { id: number; version: number; now: Date },
): Promise<Draft> {
  requireWriter(viewer)
  const { title, body, tags, kind, board } = clean(input)
  const [draft] = await ask<Draft>(
    db,
    `update drafts set version = version + 1, title = $4, body = $5, tags = $6, kind = $7, board = $8, updated_at = $9,
       base_version = coalesce($10, base_version)
     where id = $1 and member_id = $2 and version = $3 returning ${columns}`,
    [input.id, viewer.id, input.version, title, body, tags, kind, board, input.now, input.base ?? null],
  )
  if (draft) return draft
  const current = await findDraft(db, viewer, input.id)
  throw new Conflict('draft-changed', { facts: { version: current.version } })
}

/** For forms without script: saves over the draft a form knows, or as a new one when that changed, is gone, or never was. */
export async function keepDraft(
  db: Db,
  viewer: Viewer,
  input: DraftText & { target: string; known: { id: number | null; version: number | null }; now: Date },
): Promise<Draft> {
  const { id, version } = input.known
  if (id === null || version === null) return createDraft(db, viewer, input)
  try {
    return await saveDraft(db, viewer, { ...input, id, version })
  } catch (error) {
    if (!(error instanceof Conflict || error instanceof NotFound)) throw error
    return createDraft(db, viewer, input)
  }
}

/** @throws NotFound also for drafts of others. */
export async function findDraft(db: Db, viewer: Viewer, id: number): Promise<Draft> {
  const [draft] = await ask<Draft>(db, `select ${columns} from drafts where id = $1 and member_id = $2`, [
    id,
    viewer.id,
  ])
  if (!draft) throw new NotFound()
  return draft
}

/** What the viewer began to write for a target and did not publish: the newest of it that has any text. */
export async function findBegun(db: Db, viewer: Viewer, target: string): Promise<Draft | null> {
  const [draft] = await ask<Draft>(
    db,
    `select ${columns} from drafts where member_id = $1 and target = $2 and (title <> '' or body <> '')
     order by updated_at desc, id desc limit 1`,
    [viewer.id, target],
  )
  return draft ?? null
}

/** The viewer's drafts, newest first; with `target` only those for it. */
export function listDrafts(db: Db, viewer: Viewer, target: string | null = null): Promise<Draft[]> {
  return ask<Draft>(
    db,
    `select ${columns} from drafts where member_id = $1 and ($2::text is null or target = $2)
     order by updated_at desc, id desc limit ${keep}`,
    [viewer.id, target],
  )
}
