import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { requireWriter } from '#modules/accounts/accounts.ts'
import { isModerator, type Viewer } from '#modules/accounts/viewer.ts'
import { readLevels } from '#modules/boards/policy.ts'
import { ConfinedFailure } from '#platform/confined.ts'
import { ask, type Db, transact } from '#platform/database.ts'
import { Invalid, NotFound, Unavailable } from '#platform/errors.ts'
import type { FileTools } from '#platform/file-tools.ts'
import type { DecodedImage, ImageShape } from '#platform/images/rules.ts'
import { cleanLine } from '#platform/text.ts'
import { checkHeader, receive, tooLarge } from './intake.ts'
import { fileNamesIn, keyOf } from './names.ts'
import { findReadable, forgetUses, recordUses } from './queries.ts'

export type StoredImage = {
  id: number
  name: string
  title: string
  width: number
  height: number
  bytes: number
}

export type Upload = {
  tools: FileTools
  source: Readable
  /** Content-Length, when the sender said one; what really comes is counted all the same. */
  declared: number | null
  /** Looks at what a form sent after it, before anything is done. @throws Invalid */
  rest?: () => Promise<void>
  title: string
  shape: ImageShape
  now: Date
}

/**
 * Takes an uploaded picture: streams it into a temporary file, looks at its first bytes and its header, has it decoded
 * in the confined process, and stores the sizes. Until something shows it, only its uploader may read it.
 * @throws Unauthenticated, Forbidden('blocked'), TooLarge, Invalid (type, dimensions, broken, storage-full), Unavailable
 */
export async function storeImage(db: Db, viewer: Viewer | null, upload: Upload): Promise<StoredImage> {
  requireWriter(viewer)
  const { tools } = upload
  if (upload.declared !== null && upload.declared > tools.maxBytes) throw tooLarge(tools.maxBytes)
  await requireRoom(db, viewer.id, { bytes: 1, limit: tools.memberBytes })
  await mkdir(tools.folder, { recursive: true, mode: 0o700 })
  const work = await mkdtemp(join(tools.folder, 'up-'))
  try {
    const source = join(work, 'source')
    await tools.receiving.run(async () => {
      await receive(upload.source, { path: source, limit: tools.maxBytes })
      await upload.rest?.()
    }, String(viewer.id))
    await checkHeader(source)
    const image = await decode(tools, { source, folder: work, shape: upload.shape })
    return await keep(db, viewer, { ...upload, work, image })
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

const refusals = { broken: 'image-broken', 'too-costly': 'image-too-costly' } as const

async function decode(
  { decoder }: FileTools,
  job: { source: string; folder: string; shape: ImageShape },
): Promise<DecodedImage> {
  try {
    return await decoder.decode(job)
  } catch (error) {
    if (!(error instanceof ConfinedFailure)) throw error
    throw error.reason === 'busy' ? new Unavailable('unavailable') : new Invalid(refusals[error.reason])
  }
}

/** Everything that a member stored counts, also what waits for the clean-up. @throws Invalid('storage-full') */
async function requireRoom(db: Db, memberId: number, room: { bytes: number; limit: number }): Promise<void> {
  const [row] = await ask<{ bytes: number }>(
    db,
    'select coalesce(sum(bytes), 0)::bigint as bytes from files where uploader_id = $1',
    [memberId],
  )
  if ((row?.bytes ?? 0) + room.bytes <= room.limit) return
  throw new Invalid('storage-full', { facts: { megabytes: Math.floor(room.limit / 1_000_000) } })
}

const kinds = { whole: 'image', square: 'avatar', logo: 'logo' } as const

type Kept = Upload & { work: string; image: DecodedImage }

/** The row comes first and counts as removed until all is stored: whatever fails in between, the clean-up finds it. */
async function keep(db: Db, viewer: Viewer, { tools, image, work, ...upload }: Kept): Promise<StoredImage> {
  const name = randomBytes(16).toString('hex')
  const { now, shape } = upload
  // The sender's name for the file, without its ending.
  const title = Array.from(cleanLine(upload.title.replace(/\.\w{1,5}$/, '')))
    .slice(0, 100)
    .join('')
  const id = await transact(db, async (tx) => {
    // One upload of a member after the other, so that many at once do not pass the limit together.
    await ask(tx, 'select pg_advisory_xact_lock(711, $1::int)', [viewer.id % 2_147_483_647])
    await requireRoom(tx, viewer.id, { bytes: image.bytes, limit: tools.memberBytes })
    const [row] = await ask<{ id: number }>(
      tx,
      `insert into files (name, kind, uploader_id, title, width, height, sizes, bytes, created_at, unused_since, removed_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $9) returning id`,
      [name, kinds[shape], viewer.id, title, image.width, image.height, image.sizes, image.bytes, now],
    )
    if (!row) throw new NotFound()
    return row.id
  })
  for (const size of image.sizes) await tools.storage.put(keyOf(name, size), join(work, `${size}.webp`))
  await ask(db, 'update files set removed_at = null where id = $1', [id])
  return { id, name, title, width: image.width, height: image.height, bytes: image.bytes }
}

export type ReadableFile = { id: number; kind: (typeof kinds)[ImageShape]; sizes: number[]; public: boolean }

const readerOf = (viewer: Viewer | null) => [readLevels(viewer), viewer?.id ?? null, isModerator(viewer)]

/** The only way to a file for a viewer. @throws NotFound when it is not there or stands nowhere that they may read */
export async function findFile(db: Db, viewer: Viewer | null, name: string): Promise<ReadableFile> {
  const [file] = await ask<ReadableFile>(db, findReadable, [...readerOf(viewer), name])
  if (!file) throw new NotFound()
  return file
}

export type Place = {
  postId: number
  commentId?: number
  /** What stood there before; null for something new. */
  before: string | null
  body: string
}

/** Whether `recordFileUses` has anything to do. */
export function showsFiles({ before, body }: Pick<Place, 'before' | 'body'>): boolean {
  return fileNamesIn(body).length > 0 || (before !== null && fileNamesIn(before).length > 0)
}

/** Notes, in the writer's transaction, which files the newest text of a post or comment shows. */
export async function recordFileUses(tx: Db, viewer: Viewer, place: Place): Promise<void> {
  if (!showsFiles(place)) return
  const names = fileNamesIn(place.body)
  const where = [place.postId, place.commentId ?? null]
  if (place.before !== null) await ask(tx, forgetUses, [names, ...where])
  if (names.length > 0) await ask(tx, recordUses, [...readerOf(viewer), names, ...where])
}

/** Width and height of the pictures that a text shows, by name, for its rendering. No question where it shows none. */
export async function imagesIn(
  db: Db,
  body: string,
): Promise<ReadonlyMap<string, { width: number; height: number }>> {
  const names = fileNamesIn(body)
  if (names.length === 0) return new Map()
  const rows = await ask<{ name: string; width: number; height: number }>(
    db,
    `select name, width, height from files where name = any($1::text[]) and kind = 'image' and removed_at is null`,
    [names],
  )
  return new Map(rows.map((row) => [row.name, row]))
}
