import { loadConfig } from '#config/config.ts'
import { explain } from './explain.ts'
import { serve } from './serve.ts'

try {
  await serve(loadConfig())
} catch (error) {
  process.exitCode = 1
  process.stderr.write(`${explain(error)}\n`)
}
