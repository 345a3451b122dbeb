import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const manifest: { dependencies: object; devDependencies: object } = JSON.parse(
  readFileSync('package.json', 'utf8'),
)
const [, running = '', developing = ''] = readFileSync('docs/dependencies.md', 'utf8').split(/^## /m)

/** Package -> reason, from one section's table. */
function tableOf(section: string): [string, string][] {
  return [...section.matchAll(/^\| `([^`]+)` +\| ([^|]+)\|$/gm)].map(([, name = '', why = '']) => [
    name,
    why.trim(),
  ])
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

it('the lock file holds what each platform needs, else `npm ci` refuses it', () => {
  type Locked = { optionalDependencies?: Record<string, string> }
  const lock: { packages: Record<string, Locked> } = JSON.parse(readFileSync('package-lock.json', 'utf8'))
  const missing = Object.entries(lock.packages).flatMap(([where, one]) =>
    Object.keys(one.optionalDependencies ?? {}).filter(
      (name) =>
        !(`${where}/node_modules/${name}` in lock.packages) && !(`node_modules/${name}` in lock.packages),
    ),
  )
  expect(missing).toEqual([])
})
