import { expect, test } from 'vitest'
import { makeTestApp } from './support/app.ts'

/** Keeps the event loop busy, as a start does. */
function block(milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** The first status within `seconds` that is not 200, or 200. */
async function statusWithin(url: string, seconds: number): Promise<number> {
  for (let asked = 0; asked < seconds * 20; asked++) {
    const { status } = await fetch(url)
    if (status !== 200) return status
    await pause(50)
  }
  return 200
}

test('a start is no overload: the first pages are answered; later a busy event loop refuses, and recovers', async () => {
  await using site = await makeTestApp({ env: { RATE_LIMITS: 'on' } })
  const url = `${await site.app.listen({ port: 0, host: '127.0.0.1' })}/health/live`
  block(1200)
  expect(await statusWithin(url, 1.5)).toBe(200)
  await pause(1500)
  // What counts is the mean of a second: one long piece of work among many short ones is no overload.
  for (let work = 0; work < 4; work++) {
    block(1300)
    await pause(1)
  }
  expect(await statusWithin(url, 3)).toBe(503)
  await pause(1500)
  expect((await fetch(url)).status).toBe(200)
}, 30_000)
