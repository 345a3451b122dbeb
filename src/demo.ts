import type { Config } from '#config/config.ts'
import { isAdministrator, type Viewer } from '#modules/accounts/viewer.ts'
import { changeText } from '#modules/admin/texts.ts'
import { type Pictures, seedDemo } from '#modules/imports/demo.ts'
import { seedDemoActs } from '#modules/imports/demo-acts.ts'
import { demoPeople, demoReports, seedDemoChats } from '#modules/imports/demo-chats.ts'
import { storeDemoPictures } from '#modules/imports/demo-pictures.ts'
import { readAbout } from '#modules/imports/demo-threads.ts'
import { report } from '#modules/moderation/moderation.ts'
import { tellRooms } from '#modules/notifications/tell.ts'
import { rankPosts, rankWords } from '#modules/trending/ranking.ts'
import type { Deps } from '#ui/web.ts'
import { serve } from './serve.ts'

const login = { email: 'admin@example.org', password: 'madang-demo' }

/** Serves a site of its own with believable content; filled once, at the first start. */
export async function serveDemo(config: Config): Promise<void> {
  const admin = config.admin ?? login
  await serve({ ...config, admin }, async ({ deps }) => {
    const now = deps.clock()
    const keeper = (await demoPeople(deps.db)).find(isAdministrator)
    const added = await seedDemo(deps.db, { now, pictures: () => picturesOf(deps, keeper) })
    if (added) {
      if (keeper) await introduce(deps, keeper)
      const talks = await seedDemoChats(deps.db, { now, origin: config.baseUrl ?? '' })
      // Told as of then; whoever starts the demo would find everything said this very second.
      for (const { roomId, last } of talks) await tellRooms(deps.db, { at: last, mails: false }, [roomId])
      for (const { person, input } of await demoReports(deps.db, now)) await report(deps.db, person, input)
      await seedDemoActs(deps.db, { acts: deps.acts, now })
      await rankPosts(deps.db, now)
      await rankWords(deps.db, now)
    }
    if (!config.admin) process.stderr.write(`\n  Sign in as admin with the password ${login.password}\n`)
    if (added) process.stderr.write('  Filled with example members, boards and posts.\n')
  })
}

/** A machine on which pictures cannot be read shows a demo without them. */
async function picturesOf({ db, files, clock, log }: Deps, keeper?: Viewer): Promise<Pictures | null> {
  if (!keeper) return null
  return storeDemoPictures(db, keeper, { tools: files, now: clock() }).catch((err: unknown) => {
    log.warn({ err }, 'the demo has no pictures')
    return null
  })
}

async function introduce({ db, site, clock }: Deps, keeper: Viewer): Promise<void> {
  const { description, rules } = readAbout()
  await site.change({ description })
  await changeText(db, keeper, { name: 'rules', typed: rules, now: clock() })
}
