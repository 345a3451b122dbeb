import { expect, test } from 'vitest'
import { makeLog } from './log.ts'

function lines(write: (log: ReturnType<typeof makeLog>) => void): Record<string, unknown>[] {
  const written: string[] = []
  write(makeLog('info', { write: (line: string) => written.push(line) }))
  return written.map((line) => JSON.parse(line))
}

test('secrets are hidden wherever they stand in what is logged, and nothing else is', () => {
  const [line] = lines((log) =>
    log.info(
      {
        token: 'a',
        who: { email: 'b', deeper: { password: 'c', kept: ['d'], at: new Date(0) } },
        list: [{ cookie: 'e' }],
        status: 200,
      },
      'said',
    ),
  )
  expect(line).toMatchObject({
    token: '[hidden]',
    who: { email: '[hidden]', deeper: { password: '[hidden]', kept: ['d'], at: '1970-01-01T00:00:00.000Z' } },
    list: [{ cookie: '[hidden]' }],
    status: 200,
    msg: 'said',
  })
})

test('an error keeps its type, message and stack, without the secrets that it carries', () => {
  const error = Object.assign(new TypeError('refused'), {
    code: 'E1',
    cookie: 'a',
    request: { authorization: 'b' },
  })
  const [line] = lines((log) => log.error({ err: error }, 'failed'))
  expect(line?.['err']).toMatchObject({
    type: 'TypeError',
    message: 'refused',
    stack: expect.stringContaining('refused'),
    code: 'E1',
    cookie: '[hidden]',
    request: { authorization: '[hidden]' },
  })
  expect(JSON.stringify(lines((log) => log.warn(error)))).not.toContain('"a"')
})

test('what was thrown without being an error is logged as it is', () => {
  const [line] = lines((log) => log.error({ err: 'plain words' }, 'failed'))
  expect(line?.['err']).toBe('plain words')
})

test('what is logged stays as it was for whoever logs it', () => {
  const given = { who: { email: 'b' } }
  lines((log) => log.info(given))
  expect(given.who.email).toBe('b')
})
