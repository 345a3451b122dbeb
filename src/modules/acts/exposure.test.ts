import { expect, test } from 'vitest'
import { exposureOf } from './exposure.ts'
import type { ActKind } from './kinds.ts'

// By hand: people of the signals, divided by viewers and 20.
const golden: [string, [ActKind, number][], number][] = [
  ['nobody came', [], 0],
  ['80 read and did nothing', [['view', 80]], 0],
  [
    'one who read it shared it',
    [
      ['view', 1],
      ['share', 1],
    ],
    1 / 21,
  ],
  [
    'each signal counts alike',
    [
      ['view', 80],
      ['vote', 1],
      ['bookmark', 2],
      ['share', 3],
      ['arrival', 4],
      ['link', 5],
    ],
    0.15,
  ],
  [
    'what is written below is none',
    [
      ['view', 30],
      ['comment', 9],
      ['answer', 9],
    ],
    0,
  ],
  [
    'more came from outside than read on',
    [
      ['view', 0],
      ['arrival', 40],
    ],
    2,
  ],
]
test.each(golden)('the exposure rate where %s', (_case, people, rate) => {
  expect(exposureOf(new Map(people))).toBeCloseTo(rate, 9)
})
