import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const manifest: { dependencies: object; devDependencies: object } = JSON.parse(readFileSync('package.json', 'utf8'))
const [, running = '', developing = ''] = readFileSync('docs/dependencies.md', 'utf8').split(/^## /m)

/** Package -> reason, from one section's table. */
function tableOf(section: string): [string, string][] {
  return [...section.matchAll(/^\| `([^`]+)` \| ([^|]+) \|$/gm)].map(([, name = '', why = '']) => [name, why.trim()])
}

describe.each([
  ['that runs with the program', running, manifest.dependencies],
  ['that only developers need', developing, manifest.devDependencies],
])('every package %s', (_, section, wanted) => {
  it('has its line in docs/dependencies.md, in order, and nothing else has', () => {
    expect(tableOf(section).map(([name]) => name)).toEqual(Object.keys(wanted))
  })

  it('has a reason', () => {
    expect(tableOf(section).filter(([, why]) => why.length < 10)).toEqual([])
  })
})
