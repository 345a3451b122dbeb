import { timingSafeEqual } from 'node:crypto'
import { hasAdministrator, signUp } from '#modules/accounts/accounts.ts'
import { hasBoards, insertBoard, renameBoard } from '#modules/boards/boards.ts'
import { ask, type Db, transact } from '#platform/database.ts'
import { Forbidden, NotFound } from '#platform/errors.ts'
import { cleanLine } from '#platform/text.ts'
import { hashToken, newToken } from '#platform/token.ts'
import { type Language, languages } from '#words/words.ts'
import { descriptionErrors, type SiteSettings, siteNameErrors } from './site.ts'

/**
 * While there is no administrator: a new token for /setup, which the terminal prints. Only its hash is kept.
 * @returns null when there is an administrator
 */
export async function prepareSetup(db: Db): Promise<string | null> {
  if (await hasAdministrator(db)) return null
  const token = newToken()
  await ask(
    db,
    `insert into settings (name, value) values ('setup.token', $1) on conflict (name) do update set value = excluded.value`,
    [JSON.stringify(hashToken(token).toString('hex'))],
  )
  return token
}

export type SetupState = 'open' | 'refused' | 'done'

export async function setupState(db: Db, token: string): Promise<SetupState> {
  if (await hasAdministrator(db)) return 'done'
  const [row] = await ask<{ value: unknown }>(db, `select value from settings where name = 'setup.token'`, [])
  if (typeof row?.value !== 'string') return 'refused'
  const expected = Buffer.from(row.value, 'hex')
  const given = hashToken(token)
  return expected.length === given.length && timingSafeEqual(expected, given) ? 'open' : 'refused'
}

export type SetupInput = {
  token: string
  siteName: string
  description: string
  name: string
  email: string
  password: string
  passwordAgain: string
  language: Language
  now: Date
}

/** Makes the first administrator and names the site. One at a time, so a token makes one administrator. */
export async function completeSetup(db: Db, site: SiteSettings, input: SetupInput): Promise<{ id: number }> {
  const siteName = cleanLine(input.siteName)
  const description = cleanLine(input.description)
  const wrong = [...siteNameErrors(siteName, 'siteName'), ...descriptionErrors(description, 'description')]
  const member = await transact(db, async (tx) => {
    await ask(tx, 'select pg_advisory_xact_lock(7273266)', [])
    const state = await setupState(tx, input.token)
    if (state === 'done') throw new NotFound()
    if (state === 'refused') throw new Forbidden('forbidden')
    const { name, email, password, passwordAgain, language, now } = input
    const first = { name, email, password, passwordAgain, language, role: 'administrator', wrong } as const
    const created = await signUp(tx, first, now)
    await ask(tx, `delete from settings where name = 'setup.token'`, [])
    await nameFirstBoards(tx, language)
    return created
  })
  await site.change({ name: siteName, description })
  return member
}

/** The boards that a new site begins with, in its language; nothing when there are boards. */
export async function createFirstBoards(db: Db, language: Language): Promise<void> {
  await transact(db, async (tx) => {
    await ask(tx, 'select pg_advisory_xact_lock(7273266)', [])
    if (await hasBoards(tx)) return
    const { boards } = languages[language].start
    await insertBoard(tx, { slug: 'notice', ...boards.notice, writeBy: 'moderators', position: 1 })
    await insertBoard(tx, { slug: 'free', ...boards.free, position: 2 })
    await insertBoard(tx, {
      slug: 'questions',
      ...boards.questions,
      kind: 'question',
      downvotes: true,
      position: 3,
    })
    await insertBoard(tx, { slug: 'hello', ...boards.hello, position: 4 })
  })
}

/** The first boards were there before anyone was asked for a language: those that nobody has renamed take this one. */
async function nameFirstBoards(tx: Db, language: Language): Promise<void> {
  const wanted = languages[language].start.boards
  for (const { start } of Object.values(languages))
    for (const board of ['notice', 'free', 'questions', 'hello'] as const)
      await renameBoard(tx, start.boards[board], wanted[board])
}

/** The administrator of ADMIN_EMAIL and ADMIN_PASSWORD, when there is none yet. */
export async function createFirstAdministrator(
  db: Db,
  admin: { email: string; password: string },
  now: Date,
): Promise<void> {
  await transact(db, async (tx) => {
    await ask(tx, 'select pg_advisory_xact_lock(7273266)', [])
    if (await hasAdministrator(tx)) return
    await signUp(tx, { name: 'admin', ...admin, role: 'administrator', byOperator: true }, now)
  })
}
