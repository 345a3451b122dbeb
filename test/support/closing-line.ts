import { relative } from 'node:path'
import type { Reporter, TestModule } from 'vitest/node'

/** Why tests of a file may be left out: what this machine would need. The first that fits counts. */
const needs: readonly (readonly [prefix: string, need: string])[] = [
  ['test/browser/', 'Chromium (Debian: apt-get install chromium, or name one by CHROMIUM_PATH)'],
  ['src/platform/postgres-server/disk-full', 'root and the right to mount a small disk'],
  ['src/platform/postgres-server/system-user', 'root, and an ordinary user beside it'],
  ['src/modules/imports/', 'the samples in ../shared/data'],
  ['src/platform/', 'redis-server (Debian: apt-get install redis-server)'],
]

/** Says plainly at the end what was left out and why, and closes with the whole count on one line. */
export class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const counts = { passed: 0, failed: unhandled.length, skipped: 0, pending: 0 }
    const left = new Map<string, number>()
    for (const module of modules) {
      const path = relative(process.cwd(), module.moduleId)
      // A file that could not be read holds no tests, but it failed.
      if (module.errors().length > 0) counts.failed += 1
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        counts[state] += 1
        if (state === 'skipped' || state === 'pending') left.set(path, (left.get(path) ?? 0) + 1)
      }
    }
    const lines = [...left].map(([path, count]) => `  ${count} in ${path}: needs ${needOf(path)}`)
    if (!process.env['TEST_DATABASE_URL']) {
      lines.push('  the same tests on a PostgreSQL of yours: needs TEST_DATABASE_URL, a superuser there')
    }
    if (lines.length > 0) process.stdout.write(`Left out:\n${lines.join('\n')}\n\n`)
    process.stdout.write(`${counts.passed} passed, ${counts.failed} failed\n`)
  }
}

function needOf(path: string): string {
  return needs.find(([prefix]) => path.startsWith(prefix))?.[1] ?? 'what the file says'
}
