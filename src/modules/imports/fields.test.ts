import { expect, test } from 'vitest'
import { fitTags } from './fields.ts'

test('tags of other sites are made to fit our rules, and only then counted', () => {
  let cuts = 0
  const fitted = (tags: string[]) => fitTags(tags, () => cuts++)
  expect(fitted(['.net', 'C#', 'f*ck', '차 마시기', '++', 'net'])).toEqual(['net', 'c#', 'f-ck', '차-마시기'])
  expect(fitted(['superconducting-quantum-computing'])).toEqual(['superconducting-quantum-comput'])
  expect(cuts).toBe(0)
  expect(fitted(['a', 'b', 'c', 'd', 'e', 'f'])).toEqual(['a', 'b', 'c', 'd', 'e'])
  expect(cuts).toBe(1)
})
