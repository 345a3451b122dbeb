import { execFileSync } from 'node:child_process'
import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Setting, settings } from '#config/env.ts'

const documents = ['README.md', 'ARCHITECTURE.md', 'STYLE.md', ...globSync('docs/**/*.md')].map((path) => ({
  path: path.replaceAll('\\', '/'),
  text: readFileSync(path, 'utf8'),
}))
const inAll = (find: (text: string, path: string) => string[]) =>
  documents.flatMap(({ path, text }) => find(text, path).map((what) => `${path}: ${what}`))
const matches = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match[1] ?? '')

/** Rows of the tables of a document, as cells. */
function rowsOf(path: string): string[][] {
  const lines = readFileSync(path, 'utf8').split('\n')
  const rows = lines.filter((line) => line.startsWith('| `'))
  return rows.map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  )
}

describe('docs/settings.md', () => {
  it('lists every setting with its default and its sentence, in the order of the code', () => {
    const table: readonly Setting[] = settings
    const inCode = table.map((setting) => {
      const fallback = setting.fallback === null ? '–' : `\`${setting.fallback}\``
      return [
        `\`${setting.name}\``,
        fallback,
        setting.says,
        `${setting.expects}${setting.secret ? ' (secret)' : ''}`,
      ]
    })
    expect(rowsOf('docs/settings.md')).toEqual(inCode)
  })
})

describe('documents', () => {
  it('link to what is there', () => {
    const broken = inAll((text, path) =>
      matches(text, /\]\(([^)#\s]+)[^)]*\)/g).filter(
        (to) => !/^(https?|mailto):/.test(to) && !existsSync(join(dirname(path), to)),
      ),
    )
    expect(broken).toEqual([])
  })

  it('name files that are there', () => {
    const missing = inAll((text) =>
      matches(text, /`((?:src|test|docs|db|tools|public|bench)\/[a-z][\w./-]*)`/g).filter(
        (path) => !/NAME|NNNN/.test(path) && !existsSync(path),
      ),
    )
    expect(missing).toEqual([])
  })

  it('name npm scripts that are there', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'))
    const missing = inAll((text) => matches(text, /npm run ([\w:-]+)/g).filter((name) => !(name in scripts)))
    expect(missing).toEqual([])
  })

  it('name commands and settings that are there', () => {
    const help = execFileSync(process.execPath, ['src/cli.ts', '--help'], { encoding: 'utf8' })
    const commands = new Set(matches(help, /^ {2}([a-z]+)/gm))
    const names: readonly string[] = settings.map((setting) => setting.name)
    const wrong = inAll((text) => [
      ...matches(text, /npm run madang -- ([a-z]+)/g).filter((name) => !commands.has(name)),
      ...matches(text, /(?:^|[\s`])([A-Z][A-Z_]{2,})=/gm).filter(
        (name) => !names.includes(name) && !/^(TEST_|NODE_|CHROMIUM_|PG)/.test(name),
      ),
    ])
    expect(wrong).toEqual([])
  })

  it('hold nothing of one machine', () => {
    expect(inAll((text) => matches(text, /((?:^|[\s`(])\/(?:work|home\/\w+|root\/\w+)\/\S*)/gm))).toEqual([])
  })
})

describe('decisions', () => {
  const decisions = documents.filter(({ path }) => path.startsWith('docs/decisions/'))

  it('are numbered without gaps', () => {
    const numbers = decisions
      .map(({ path }) => Number(/(\d{3})-[a-z0-9-]+\.md$/.exec(path)?.[1]))
      .sort((a, b) => a - b)
    expect(numbers).toEqual(numbers.map((_, index) => index + 1))
  })

  it.each(decisions)('$path is short and says when to think again', ({ text }) => {
    expect(text.split('\n').length).toBeLessThanOrEqual(60)
    expect(text).toMatch(/^## Revisit when$/m)
  })
})

it('STYLE.md has at most two pages', () => {
  expect(readFileSync('STYLE.md', 'utf8').split('\n').length).toBeLessThanOrEqual(100)
})

it('pictures are small', () => {
  const large = globSync('docs/pictures/*').filter((path) => statSync(path).size > 300_000)
  expect(large).toEqual([])
})
