import { expect, test } from 'vitest'
import { checkName } from '#modules/accounts/rules.ts'
import { Names } from './names.ts'

test('names stay readable, fit our rules and differ from each other', () => {
  const names = new Names(['taken'])
  const wanted = [
    'John Doe',
    'john doe',
    'JOHN_DOE',
    '김 철수',
    'Taken',
    'admin',
    '.hidden.',
    'a',
    '',
    '<b>',
    '😀😀',
    'x'.repeat(80),
    'x'.repeat(80),
    'e\u0301a',
  ]
  const given = wanted.map((name, index) => names.take(name, `user${index}`))
  expect(given).toEqual([
    'John_Doe',
    'john_doe-2',
    'JOHN_DOE-3',
    '김_철수',
    'Taken-2',
    'admin-2',
    'hidden',
    'user7',
    'user8',
    'user9',
    'user10',
    'x'.repeat(30),
    `${'x'.repeat(28)}-2`,
    'éa',
  ])
  for (const name of given) expect(checkName(name).errors).toEqual([])
})

test('a thousand people of one name', () => {
  const names = new Names([])
  expect(new Set(Array.from({ length: 1000 }, () => names.take('John', 'user'))).size).toBe(1000)
})
