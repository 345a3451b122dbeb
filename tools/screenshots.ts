/**
 * Pictures of the main pages, filled with the demo's content: `node tools/screenshots.ts FOLDER [CHROMIUM] [PAGES]`.
 * PAGES is a list of page names with commas; without it all are taken. Each page is seen at a desk and on a phone, in
 * light and dark, in Korean and English: PAGE-WIDTH-THEME-LANGUAGE.png.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { buildApp } from '#app.ts'
import { toConfig } from '#config/config.ts'
import { readEnv } from '#config/env.ts'
import { openSession } from '#modules/accounts/sessions.ts'
import { seedDemo } from '#modules/imports/demo.ts'
import { prepareSetup } from '#modules/site/setup.ts'
import { paths } from '#paths.ts'
import { ask, type Db } from '#platform/database.ts'
import type { Server } from '#platform/http/server.ts'
import { start } from '#start.ts'

type Who = 'guest' | 'member' | 'moderator' | 'administrator'
type Picture = { name: string; path: string; as: Who; prepare?: (page: Page) => Promise<void> }
type Look = { width: number; height: number; theme: 'light' | 'dark'; language: 'ko' | 'en' }

const looks: readonly Look[] = [
  { width: 1280, height: 900, theme: 'light', language: 'ko' },
  { width: 390, height: 844, theme: 'dark', language: 'ko' },
  { width: 1280, height: 900, theme: 'dark', language: 'en' },
  { width: 390, height: 844, theme: 'light', language: 'en' },
]

async function postAbout(db: Db, where: string): Promise<{ id: number; title: string }> {
  const sql = `select p.id, p.title from posts p where ${where} order by p.comments desc, p.id limit 1`
  const [post] = await ask<{ id: number; title: string }>(db, sql, [])
  if (!post) throw new Error(`the demo has no post with ${where}`)
  return post
}

async function pictures(db: Db, setupToken: string): Promise<Picture[]> {
  const discussion = await postAbout(db, "p.kind = 'discussion'")
  const question = await postAbout(db, 'p.accepted_id is not null')
  const edited = await postAbout(db, 'p.version > 1')
  const type = async (page: Page) => {
    await page.locator('#field-title').fill('첫눈 오는 날 걷기 좋은 길')
    await page
      .locator('#field-body')
      .fill('강변 **자전거 대여소** 앞에서 만나요.\n\n- 따뜻한 양말\n- 보온병 하나\n\n> 눈이 오면 더 좋고요.')
    await page.waitForTimeout(1200)
  }
  const wrong = async (page: Page) => {
    await page.locator('#field-name').fill('밤')
    await page.locator('#field-email').fill('no address')
    await page.locator('main form button').first().click()
    await page.waitForLoadState()
  }
  const openMenu = async (page: Page) => page.locator('header .menu summary').click()
  const showKeys = async (page: Page) => page.keyboard.press('?')
  return [
    { name: 'home', path: '/', as: 'guest' },
    { name: 'home-member', path: '/', as: 'member' },
    { name: 'home-top', path: '/?sort=top&period=all', as: 'guest' },
    { name: 'menu', path: '/', as: 'administrator', prepare: openMenu },
    { name: 'keys', path: '/', as: 'member', prepare: showKeys },
    { name: 'boards', path: '/boards', as: 'moderator' },
    { name: 'board', path: '/b/hobby', as: 'member' },
    { name: 'tag', path: '/t/도서관', as: 'guest' },
    { name: 'post', path: paths.post(discussion), as: 'guest' },
    { name: 'post-member', path: paths.post(discussion), as: 'member' },
    { name: 'question', path: paths.post(question), as: 'member' },
    { name: 'history', path: paths.history({ kind: 'post', id: edited.id }), as: 'guest' },
    { name: 'member', path: paths.member('밤하늘지기'), as: 'administrator' },
    { name: 'comments', path: paths.memberComments('sundaybread'), as: 'guest' },
    { name: 'sign-in', path: '/sign-in?next=/write', as: 'guest' },
    { name: 'sign-up', path: '/sign-up', as: 'guest', prepare: wrong },
    { name: 'setup', path: paths.setup(setupToken), as: 'guest' },
    { name: 'write', path: '/write?board=campus', as: 'member', prepare: type },
    { name: 'edit', path: paths.postPart(edited.id, 'edit'), as: 'moderator' },
    { name: 'drafts', path: '/drafts', as: 'member' },
    { name: 'bookmarks', path: '/bookmarks', as: 'member' },
    { name: 'settings', path: '/settings', as: 'member' },
    { name: 'report', path: paths.postPart(discussion.id, 'report'), as: 'member' },
    { name: 'queue', path: '/mod', as: 'moderator' },
    { name: 'log', path: '/mod/log', as: 'moderator' },
    { name: 'move', path: paths.postPart(discussion.id, 'move'), as: 'moderator' },
    { name: 'admin', path: '/admin', as: 'administrator' },
    { name: 'admin-boards', path: '/admin/boards', as: 'administrator' },
    { name: 'admin-members', path: '/admin/members', as: 'administrator' },
    { name: 'not-found', path: '/p/999999', as: 'guest' },
    { name: 'forbidden', path: '/mod', as: 'member' },
    { name: 'api', path: '/api/docs', as: 'guest' },
  ]
}

async function memberFor(db: Db, who: Who): Promise<number> {
  const [row] = await ask<{ id: number }>(db, 'select id from members where role = $1 order by id limit 1', [
    who,
  ])
  if (!row) throw new Error(`the demo has no ${who}`)
  return row.id
}

const cookies = new Map<Who, string>()

/** One session for each of the cast, so that their list of devices stays short. */
async function cookieOf(db: Db, who: Who, memberId: number): Promise<string> {
  const known = cookies.get(who)
  if (known) return known
  const agent = 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0'
  const { token } = await openSession(db, { memberId, kind: 'browser', agent, now: new Date() })
  cookies.set(who, token)
  return token
}

/** What the demo does not come with: drafts, a bookmark, reports. */
async function liveIn(app: Server, db: Db): Promise<void> {
  const { id } = await postAbout(db, "p.kind = 'discussion'")
  const member = await memberFor(db, 'member')
  const cookie = `madang=${await cookieOf(db, 'member', member)}`
  const calls = [
    ['PUT', `/posts/${id}/bookmark`, undefined],
    [
      'POST',
      '/drafts',
      { target: 'new', board: 'diary', title: '첫눈', body: '아침에 창문을 열었더니 마당이 하얗다.' },
    ],
    ['POST', '/drafts', { target: `reply:${id}`, body: '저는 늘 2번이에요. 노른자는' }],
    ['POST', '/reports', { post: id, reason: 'off-topic', detail: '부엌보다 밥집에 어울려요' }],
  ] as const
  for (const [method, url, payload] of calls) {
    const headers = { cookie, 'sec-fetch-site': 'same-origin' }
    const options = { method, url: `/api/v1${url}`, headers }
    const answer = await app.inject(payload ? { ...options, payload } : options)
    if (answer.statusCode > 299) throw new Error(`${method} ${url}: ${answer.body}`)
  }
}

async function openContext(
  browser: Browser,
  given: { look: Look; as: Who; db: Db; address: string },
): Promise<BrowserContext> {
  const { look, as, db, address } = given
  const phone = look.width < 640
  const context = await browser.newContext({
    viewport: { width: look.width, height: look.height },
    locale: look.language === 'ko' ? 'ko-KR' : 'en-GB',
    colorScheme: look.theme,
    isMobile: phone,
    hasTouch: phone,
    deviceScaleFactor: phone ? 2 : 1,
    reducedMotion: 'reduce',
  })
  await context.addCookies([{ name: 'language', value: look.language, url: address }])
  if (as === 'guest') return context
  const memberId = await memberFor(db, as)
  await ask(db, 'update members set language = $2 where id = $1', [memberId, look.language])
  const value = await cookieOf(db, as, memberId)
  await context.addCookies([{ name: 'madang', value, url: address, httpOnly: true }])
  return context
}

async function main(folder: string, executablePath: string, only: readonly string[]): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const dataDir = mkdtempSync(join(tmpdir(), 'madang-pictures-'))
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rmSync(dataDir, { recursive: true, force: true }))
  const config = toConfig(readEnv({ DATA_DIR: dataDir, LOG_LEVEL: 'silent', PORT: '0', RATE_LIMITS: 'off' }))
  const { deps } = stack.use(await start(config, { borrow: false }))
  const token = (await prepareSetup(deps.db)) ?? ''
  await seedDemo(deps.db, { now: new Date() })
  const app = await buildApp(deps)
  stack.defer(() => app.close())
  await liveIn(app, deps.db)
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  })
  stack.defer(() => browser.close())
  const all = await pictures(deps.db, token)
  const wanted = all.filter(({ name }) => only.length === 0 || only.includes(name))
  // The set-up page is only there before the first administrator.
  const ordered = [
    ...wanted.filter(({ name }) => name === 'setup'),
    ...wanted.filter(({ name }) => name !== 'setup'),
  ]
  let isFounded = false
  for (const picture of ordered) {
    if (!isFounded && picture.name !== 'setup') {
      await ask(deps.db, "update members set role = 'administrator' where name = 'sundaybread'", [])
      isFounded = true
    }
    for (const look of looks) {
      const context = await openContext(browser, { look, as: picture.as, db: deps.db, address })
      const page = await context.newPage()
      await page.goto(address + picture.path)
      await picture.prepare?.(page)
      // The window becomes as high as the page, so that bars stand where they belong.
      const height = await page.evaluate(() => document.documentElement.scrollHeight)
      await page.setViewportSize({ width: look.width, height: Math.max(height, look.height) })
      await page.evaluate(() => document.fonts.ready)
      const file = `${picture.name}-${look.width}-${look.theme}-${look.language}.png`
      await page.screenshot({ path: join(folder, file) })
      await context.close()
    }
  }
}

const [folder, executablePath = '/usr/bin/chromium', only = ''] = process.argv.slice(2)
if (!folder) {
  process.stderr.write('Usage: node tools/screenshots.ts FOLDER [CHROMIUM] [PAGES]\n')
  process.exit(2)
}
await main(folder, executablePath, only.split(',').filter(Boolean))
