import { spawnSync } from 'node:child_process'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { WrongSetting } from '#config/env.ts'
import { explain } from '#explain.ts'

const server = createServer()
afterEach(() => new Promise((resolve) => server.close(resolve)))

const refusedAt = (host: string, port = 0) =>
  new Promise<unknown>((resolve) => createServer().on('error', resolve).listen(port, host))

test('an address where nothing can listen is told in words', async () => {
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : 0)
    })
  })
  expect(explain(await refusedAt('127.0.0.1', port))).toMatch(/^The port is taken/)
  // 192.0.2.0/24 is for examples: no machine has it.
  for (const host of ['192.0.2.1', 'nowhere.invalid'])
    expect(explain(await refusedAt(host))).toMatch(/^HOST is no address/)
})

test('words behind the start are not passed over: settings come from elsewhere', () => {
  const main = join(import.meta.dirname, '../src/main.ts')
  const { status, stderr } = spawnSync(process.execPath, [main, '--port', '4000'], { encoding: 'utf8' })
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: expect.stringMatching(/^--port: .*PORT=3001 npm start/),
  })
})

test('a user of the database who may not make tables is told what to do', () => {
  const refused = Object.assign(new Error('permission denied for schema public'), { code: '42501' })
  expect(explain(refused)).toMatch(/permission denied for schema public\.\nLet the user .* own the database/)
})

test('what a person can act on is a line, what nobody foresaw says where it happened', () => {
  expect(explain(new WrongSetting('PORT="x": expected a number'))).toBe('PORT="x": expected a number')
  expect(explain(new Error('unforeseen'))).toMatch(/^Error: unforeseen\n +at /)
})
