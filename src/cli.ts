import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Command, Option } from 'commander'
import { loadConfig } from '#config/config.ts'
import { emit } from '#events.ts'
import { signUp } from '#modules/accounts/accounts.ts'
import { makeLink } from '#modules/accounts/links.ts'
import { setRole, toRole } from '#modules/accounts/members.ts'
import { importDiscourse } from '#modules/imports/discourse.ts'
import type { ImportResult } from '#modules/imports/run.ts'
import { importStackExchange } from '#modules/imports/stackexchange.ts'
import { reindex } from '#modules/search/reindex.ts'
import { recount } from '#modules/site/recount.ts'
import { paths } from '#paths.ts'
import { siteAddress } from '#platform/address.ts'
import { transact } from '#platform/database.ts'
import { listMigrations } from '#platform/migrations.ts'
import { PostgresProblem } from '#platform/postgres-server/server.ts'
import { showProgress } from '#platform/progress.ts'
import { runningAddress } from '#platform/running.ts'
import { foldName } from '#platform/text.ts'
import { backupCommands } from './cli/backups.ts'
import { interruption, say, withSite } from './cli/site.ts'
import { doctor } from './doctor.ts'
import { explain } from './explain.ts'
import { serve } from './serve.ts'
import type { Started } from './start.ts'

async function runImport(
  work: (
    site: Started,
    options: {
      now: Date
      signal: AbortSignal
      reportFolder: string
      onProgress: ReturnType<typeof showProgress>['step']
    },
  ) => Promise<ImportResult>,
): Promise<void> {
  await withSite(async (site, config) => {
    const progress = showProgress(process.stdout, Date.now)
    const options = {
      now: new Date(),
      signal: interruption(),
      reportFolder: config.dataDir,
      onProgress: progress.step,
    }
    const result = await work(site, options).finally(progress.end)
    say(describeImport(result))
    if (!result.finished) process.exitCode = 130
  })
}

function describeImport(result: ImportResult): string {
  const added = Object.entries(result.added).map(([what, count]) => `${count} ${what}`)
  const lines = [
    result.finished ? 'Import finished.' : 'Import stopped; run the same command again to go on.',
    `Added: ${added.join(', ') || 'nothing'}.`,
  ]
  if (result.board) lines.push(`It is the board ${paths.board(result.board)}.`)
  if (Object.values(result.added).some((count) => count > 0))
    lines.push('A server that is running shows it within a minute.')
  if (result.report)
    lines.push(
      `Left out ${result.skipped}, changed ${result.changed}: what and why stands in ${result.report}`,
    )
  return lines.join('\n')
}

const about: { version: string } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
)
const program = new Command('madang')
  .description('Madang: a community that people host themselves')
  .version(about.version)

program
  .command('serve')
  .description('start everything; the same as npm start')
  .action(() => serve(loadConfig()))

program
  .command('migrate')
  .description('bring the database to the newest schema')
  .action(() =>
    withSite(async () => {
      say(`The schema is up to date (${listMigrations().length} migrations).`)
    }),
  )

const imports = program
  .command('import')
  .description('bring content of another community in; can be stopped and goes on')

imports
  .command('stackexchange')
  .argument('<folder>', 'folder with Posts.xml, Users.xml, Comments.xml (plain or .gz)')
  .option('--board <slug>', 'the board that the site becomes')
  .option('--name <name>', "the board's name")
  .option('--host <host>', "the site's host name, for links between its posts")
  .description('a site of the Stack Exchange data dump')
  .action((folder: string, given: { board?: string; name?: string; host?: string }) =>
    runImport(({ deps }, options) => {
      const board = {
        ...(given.board ? { slug: given.board } : {}),
        ...(given.name ? { name: given.name } : {}),
      }
      return importStackExchange(deps.db, {
        ...options,
        folder,
        board,
        ...(given.host ? { host: given.host } : {}),
      })
    }),
  )

imports
  .command('discourse')
  .argument('<folder-or-url>', 'folder of topic JSON files, or the address of a live site')
  .description('topics of a Discourse site')
  .action((from: string) => runImport(({ deps }, options) => importDiscourse(deps.db, { ...options, from })))

const member = program
  .command('member')
  .description('members: create, change the role, make a link to set a password')

member
  .command('create')
  .argument('<name>')
  .argument('<email>')
  .addOption(new Option('--role <role>').choices(['member', 'moderator', 'administrator']).default('member'))
  .option('--password <password>', 'else one is made and printed')
  .description('create a member')
  .action((name: string, email: string, given: { role: string; password?: string }) =>
    withSite(async ({ deps }) => {
      const password = given.password ?? randomBytes(12).toString('base64url')
      const role = toRole(given.role)
      const input = { name, email, password, role, byOperator: true }
      const created = await signUp(deps.db, input, deps.clock())
      say(`Created ${created.name}.${given.password ? '' : ` Password: ${password}`}`)
    }),
  )

async function findId(site: Started, name: string): Promise<number> {
  const row = await site.deps.db
    .selectFrom('members')
    .select('id')
    .where('name_key', '=', foldName(name))
    .executeTakeFirst()
  if (!row) throw new PostgresProblem(`There is no member named ${name}.`)
  return row.id
}

member
  .command('role')
  .argument('<name>')
  .addArgument(program.createArgument('<role>').choices(['member', 'moderator', 'administrator']))
  .description("change a member's role")
  .action((name: string, role: string) =>
    withSite(async (site) => {
      const memberId = await findId(site, name)
      await transact(site.deps.db, async (tx) => {
        await setRole(tx, null, { memberId, role: toRole(role) })
        await emit(tx, { type: 'member.changed', memberId })
      })
      say(`${name} is now ${role}.`)
    }),
  )

member
  .command('link')
  .argument('<name>')
  .description('make a one-time address where the member sets a password')
  .action((name: string) =>
    withSite(async (site, config) => {
      const { token } = await makeLink(site.deps.db, null, {
        memberId: await findId(site, name),
        now: site.deps.clock(),
      })
      const running = runningAddress(config.dataDir)
      say((running ?? siteAddress(config)) + paths.claim(token))
      if (!running && !config.baseUrl)
        process.stderr.write(
          'No server runs here: this is its address when it starts with the PORT and HOST of now.\n',
        )
    }),
  )

program
  .command('recount')
  .description('compare every counter with the rows it counts and correct it')
  .action(() =>
    withSite(async ({ deps }) => {
      const repaired = await recount(deps.db, (counter) => say(`checking ${counter}`))
      for (const { counter, rows } of repaired) say(`corrected ${counter}: ${rows} rows`)
      say(repaired.length === 0 ? 'All counters agree with their rows.' : 'Done.')
    }),
  )

program
  .command('reindex')
  .option('--all', 'every row anew, also those that are as they should be')
  .description('bring the search up to date beside the running site; can be stopped and goes on')
  .action((given: { all?: boolean }) =>
    withSite(async ({ deps }) => {
      const progress = showProgress(process.stdout, Date.now)
      const { posts, comments, finished } = await reindex(deps.db, {
        now: deps.clock(),
        all: given.all ?? false,
        signal: interruption(),
        onProgress: progress.step,
      })
      progress.end()
      say(
        `${finished ? 'Done' : 'Stopped; run the same command again to go on'}: ${posts} posts, ${comments} comments.`,
      )
      if (!finished) process.exitCode = 130
    }),
  )

backupCommands(program)

program
  .command('doctor')
  .description('check settings, folder, Redis, backups, database and keys, and say what to do')
  .action(async () => {
    if (!(await doctor(loadConfig(), say))) process.exitCode = 1
  })

program
  .command('demo')
  .description('start a site of its own (./data-demo) filled with Korean and English content')
  .action(async () => {
    const { serveDemo } = await import('./demo.ts')
    await serveDemo(loadConfig({ DATA_DIR: './data-demo' }))
  })

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = 1
  process.stderr.write(`${explain(error)}\n`)
}
