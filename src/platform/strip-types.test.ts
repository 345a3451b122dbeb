import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { stripTypes } from './strip-types.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'madang-strip-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('texts without their types', () => {
  const typed = ['const a: number = 1', 'type T = string\nlet b = 2']
  const bare = ['const a         = 1', '               \nlet b = 2']

  test('are kept for the next start, in one file', () => {
    const file = join(folder, 'deeper/kept.json')
    expect(stripTypes(typed, file)).toEqual(bare)
    writeFileSync(file, readFileSync(file, 'utf8').replace('let b = 2', 'let kept = 2'))
    expect(stripTypes(typed, file)[1]).toContain('let kept = 2')
    expect(readdirSync(join(folder, 'deeper'))).toEqual(['kept.json'])
  })

  test('are made anew when one of them changed', () => {
    const file = join(folder, 'kept.json')
    stripTypes(typed, file)
    expect(stripTypes(['const c: string = 3'], file)).toEqual(['const c         = 3'])
    expect(stripTypes(typed, file)).toEqual(bare)
  })

  test.each(['', 'null', '[]', '{}', '{"hash":', '\0'])('are made anew when the file holds %j', (content) => {
    const file = join(folder, 'kept.json')
    writeFileSync(file, content)
    expect(stripTypes(typed, file)).toEqual(bare)
    expect(JSON.parse(readFileSync(file, 'utf8')).texts).toEqual(bare)
  })

  test('come also where nothing can be kept', () => {
    writeFileSync(join(folder, 'file'), '')
    expect(stripTypes(typed, join(folder, 'file/kept.json'))).toEqual(bare)
    chmodSync(folder, 0o500)
    expect(stripTypes(typed, join(folder, 'none/kept.json'))).toEqual(bare)
  })
})
