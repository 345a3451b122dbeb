import { loadConfig } from '#config/config.ts'
import { WrongSetting } from '#config/env.ts'
import { MigrationProblem } from '#platform/migrations.ts'
import { PostgresProblem } from '#platform/postgres-server/server.ts'
import { serve } from './serve.ts'

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if ('code' in error && error.code === 'EADDRINUSE') {
    return 'The port is taken: another program listens there. Choose another one: PORT=3001 npm start'
  }
  const readable = [WrongSetting, PostgresProblem, MigrationProblem].some((kind) => error instanceof kind)
  return readable ? error.message : String(error.stack)
}

try {
  await serve(loadConfig())
} catch (error) {
  process.exitCode = 1
  process.stderr.write(`${explain(error)}\n`)
}
