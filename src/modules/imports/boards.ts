import { boardLimits, lockTree } from '#modules/boards/boards.ts'
import type { PostKind, ReadBy, WriteBy } from '#modules/boards/shapes.ts'
import { ask, type Db } from '#platform/database.ts'
import { cleanLine, cleanText } from '#platform/text.ts'
import { takeIds } from './writer.ts'

export type NewBoard = {
  key: string
  slug: string
  name: string
  about?: string
  parentId?: number | null
  kind: PostKind
  readBy?: ReadBy
  writeBy?: WriteBy
  downvotes?: boolean
  createdAt: Date
}

/** Adds a board under a slug that is free: when the wanted one is taken, a number is put behind it. */
export async function insertBoard(tx: Db, board: NewBoard): Promise<number> {
  await lockTree(tx)
  const [id] = await takeIds(tx, 'boards', 1)
  const slug = await freeSlug(tx, boardSlug(board.slug))
  const name = Array.from(cleanLine(board.name) || slug)
    .slice(0, boardLimits.name)
    .join('')
  const about = Array.from(cleanText(board.about ?? '').trim())
    .slice(0, boardLimits.about)
    .join('')
  await ask(
    tx,
    `insert into boards (id, slug, name, about, parent_id, position, kind, read_by, write_by, downvotes, created_at, imported_from)
     overriding system value
     values ($1, $2, $3, $4, $5, (select coalesce(max(position), 0) + 1 from boards), $6, $7, $8, $9, $10, $11)`,
    [
      id,
      slug,
      name,
      about,
      board.parentId ?? null,
      board.kind,
      board.readBy ?? 'everyone',
      board.writeBy ?? (board.readBy === 'moderators' ? 'moderators' : 'members'),
      board.downvotes ?? false,
      board.createdAt,
      board.key,
    ],
  )
  return id ?? 0
}

/** Letters, digits, `_` and `-` of any script, at most 36: a number has to fit behind it. */
export function boardSlug(wanted: string): string {
  const slug = wanted
    .normalize('NFC')
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}_-]+/gu, '-')
    .replace(/^[^\p{L}\p{N}]+|-+$/gu, '')
  return (
    Array.from(slug)
      .slice(0, boardLimits.slug - 4)
      .join('') || 'board'
  )
}

async function freeSlug(tx: Db, wanted: string): Promise<string> {
  const rows = await ask<{ slug: string }>(tx, 'select slug from boards where starts_with(slug, $1)', [
    wanted,
  ])
  const taken = new Set(rows.map((row) => row.slug))
  let slug = wanted
  for (let number = 2; taken.has(slug); number++) slug = `${wanted}-${number}`
  return slug
}
