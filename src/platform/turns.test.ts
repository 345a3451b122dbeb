import { expect, test } from 'vitest'
import { Turns } from './turns.ts'

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** Works that say when they ran, and how many did so at the same time. */
function workshop() {
  const seen = { now: 0, most: 0, order: [] as string[] }
  const work = (name: string) => async () => {
    seen.order.push(name)
    seen.most = Math.max(seen.most, ++seen.now)
    await pause(5)
    seen.now--
    return name
  }
  return { seen, work }
}

test('no more run at once than may, in the order in which they came', async () => {
  const turns = new Turns({ atOnce: 3 })
  const { seen, work } = workshop()
  const names = Array.from({ length: 20 }, (_, index) => String(index))
  expect(await Promise.all(names.map((name) => turns.run(work(name))))).toEqual(names)
  expect([seen.most, seen.order]).toEqual([3, names])
})

test('many of one key leave room for others', async () => {
  const turns = new Turns({ atOnce: 3, perKey: 2 })
  const { seen, work } = workshop()
  const greedy = Array.from({ length: 6 }, (_, index) => turns.run(work(`greedy${index}`), 'greedy'))
  const other = turns.run(work('other'), 'other')
  await Promise.all([...greedy, other])
  expect(seen.order.slice(0, 3)).toEqual(['greedy0', 'greedy1', 'other'])
})

test('a turn that does not come in time is refused, and the next one still comes', async () => {
  const turns = new Turns({ atOnce: 1, patience: 10 })
  const long = turns.run(() => pause(40))
  await expect(turns.run(() => pause(0))).rejects.toMatchObject({ status: 503 })
  await long
  expect(await turns.run(async () => 'done')).toBe('done')
})

test('a work that fails gives its turn back', async () => {
  const turns = new Turns({ atOnce: 1 })
  const failing = turns.run(() => Promise.reject(new Error('no')))
  const next = turns.run(async () => 'next')
  await expect(failing).rejects.toThrow('no')
  expect(await next).toBe('next')
})

test('a turn that was given is taken, though its work begins a moment later', async () => {
  const turns = new Turns({ atOnce: 1 })
  const { seen, work } = workshop()
  const first = turns.run(work('first'))
  const second = turns.run(work('second'))
  const third = first.then(() => turns.run(work('third')))
  await Promise.all([first, second, third])
  expect([seen.most, seen.order]).toEqual([1, ['first', 'second', 'third']])
})
