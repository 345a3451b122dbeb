import { loadConfig } from '#config/config.ts'
import { WrongSetting } from '#config/env.ts'
import { explain } from './explain.ts'
import { serve } from './serve.ts'

try {
  const [first] = process.argv.slice(2)
  if (first !== undefined)
    throw new WrongSetting(
      `${first}: settings are expected in the environment or in .env: PORT=3001 npm start`,
    )
  await serve(loadConfig())
} catch (error) {
  process.exitCode = 1
  process.stderr.write(`${explain(error)}\n`)
}
