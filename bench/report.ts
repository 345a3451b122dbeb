import type { Measured } from './messages.ts'
import type { Memory } from './processes.ts'
import type { Scenario } from './scenarios.ts'

/** `node`, `postgres`: microseconds of processor time for one request. */
export type Round = Measured & { node: number; postgres: number }
export type Row = {
  scenario: Scenario
  bytes: number
  rounds: { bare: Round; madang: Round; plain: Round | null }[]
}

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? 0)) / 2
}

const percent = (share: number) => `${Math.round(share * 1000) / 10} %`
const whole = (value: number) => String(Math.round(value))
const fine = (value: number) => value.toFixed(1)

/** A Markdown table, the columns as wide as their widest cell. */
export function table(head: string[], rows: string[][]): string {
  const widths = head.map((cell, i) => Math.max(cell.length, ...rows.map((row) => row[i]?.length ?? 0)))
  const line = (cells: string[]) =>
    `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join(' | ')} |`
  const rule = `|${widths.map((width, i) => `${'-'.repeat(width + 1)}${i === 0 ? '-' : ':'}`).join('|')}|`
  return [line(head), rule, ...rows.map(line)].join('\n')
}

/** The median of the rounds' ratios counts, since both halves of a round were measured right after each other. */
export function scenariosTable(rows: Row[]): string {
  const head = [
    'scenario',
    'answer',
    'Madang/s',
    'bare/s',
    'ratio',
    'aim',
    'plain',
    'p50 ms',
    'p95 ms',
    'p99 ms',
    'bare p99',
    'bare µs',
    'Node µs',
    'PostgreSQL µs',
  ]
  const cells = rows.map(({ scenario, bytes, rounds }) => {
    const of = (pick: (measured: Round) => number, side: 'bare' | 'madang' = 'madang') =>
      median(rounds.map((round) => pick(round[side])))
    const ratio = median(rounds.map(({ bare, madang }) => madang.perSecond / bare.perSecond))
    const shares = rounds.flatMap(({ bare, plain }) => (plain ? [plain.perSecond / bare.perSecond] : []))
    return [
      scenario.name,
      `${fine(bytes / 1000)} kB`,
      whole(of((m) => m.perSecond)),
      whole(of((m) => m.perSecond, 'bare')),
      percent(ratio),
      scenario.aim === undefined ? '' : percent(scenario.aim),
      shares.length > 0 ? percent(median(shares)) : '',
      ...[of((m) => m.p50), of((m) => m.p95), of((m) => m.p99), of((m) => m.p99, 'bare')].map(fine),
      ...[of((m) => m.node, 'bare'), of((m) => m.node), of((m) => m.postgres)].map(whole),
    ]
  })
  return table(head, cells)
}

export function memoryLine(when: string, { processes, resident, proportional, node }: Memory): string {
  const [all, shared, own] = [resident, proportional, node].map(Math.round)
  return `${when}: ${processes} processes, ${all} MB resident (${shared} MB with shared pages counted once), Node ${own} MB`
}

export type ListRow = { page: string; small: Measured[]; large: Measured[] }

export function listsTable({ sizes, rows }: { sizes: [number, number]; rows: ListRow[] }): string {
  const [small, large] = sizes.map((size) => size.toLocaleString('en'))
  const head = ['page', `${small}: /s`, 'p50 ms', 'p99 ms', `${large}: /s`, 'p50 ms', 'p99 ms', 'speed kept']
  const of = (list: Measured[], pick: (measured: Measured) => number) => median(list.map(pick))
  const cells = rows.map((row) => [
    row.page,
    ...[row.small, row.large].flatMap((list) => [
      whole(of(list, (m) => m.perSecond)),
      fine(of(list, (m) => m.p50)),
      fine(of(list, (m) => m.p99)),
    ]),
    percent(of(row.large, (m) => m.perSecond) / of(row.small, (m) => m.perSecond)),
  ])
  return table(head, cells)
}
