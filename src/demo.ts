import type { Config } from '#config/config.ts'
import { seedDemo } from '#modules/imports/demo.ts'
import { seedDemoActs } from '#modules/imports/demo-acts.ts'
import { seedDemoChats } from '#modules/imports/demo-chats.ts'
import { rankPosts, rankWords } from '#modules/trending/ranking.ts'
import { serve } from './serve.ts'

const login = { email: 'admin@example.org', password: 'madang-demo' }

/** Serves a site of its own with believable content; filled once, at the first start. */
export async function serveDemo(config: Config): Promise<void> {
  const admin = config.admin ?? login
  await serve({ ...config, admin }, async ({ deps }) => {
    const now = deps.clock()
    const added = await seedDemo(deps.db, { now })
    if (added) {
      await seedDemoChats(deps.db, { now, origin: config.baseUrl ?? '' })
      await seedDemoActs(deps.db, { acts: deps.acts, now })
      await rankPosts(deps.db, now)
      await rankWords(deps.db, now)
    }
    if (!config.admin) process.stderr.write(`\n  Sign in as admin with the password ${login.password}\n`)
    if (added) process.stderr.write('  Filled with example members, boards and posts.\n')
  })
}
