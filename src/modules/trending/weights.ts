import { isAdministrator, type Viewer } from '#modules/accounts/viewer.ts'
import { recordAct } from '#modules/modlog/modlog.ts'
import { ask, type Db, transact } from '#platform/database.ts'
import { type FieldError, Forbidden, refuse } from '#platform/errors.ts'
import { actKinds, defaultWeights, type Weights } from './formula.ts'

const prefix = 'trending.'
const most = 100

/** What acts weigh, as administrators decided. */
export async function readWeights(db: Db): Promise<Weights> {
  const rows = await ask<{ name: string; value: unknown }>(
    db,
    `select substr(name, ${prefix.length + 1}) as name, value from settings where name like '${prefix}%'`,
    [],
  )
  const stored = new Map(rows.map((row) => [row.name, row.value]))
  const weights = { ...defaultWeights }
  for (const kind of actKinds) {
    const value = stored.get(kind)
    if (typeof value === 'number' && value >= 0 && value <= most) weights[kind] = value
  }
  return weights
}

/** Changes weights that differ, each with a line in the log. They hold from the next ranking on. @throws Forbidden, Invalid */
export async function changeWeights(
  db: Db,
  viewer: Viewer,
  input: { typed: Record<string, string | undefined>; now: Date },
): Promise<void> {
  if (!isAdministrator(viewer)) throw new Forbidden('forbidden')
  const weights = checkWeights(input.typed)
  await transact(db, async (tx) => {
    const before = await readWeights(tx)
    for (const kind of actKinds) {
      if (weights[kind] === before[kind]) continue
      await ask(
        tx,
        'insert into settings (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value',
        [prefix + kind, JSON.stringify(weights[kind])],
      )
      const reason = `${prefix}${kind}: ${before[kind]} → ${weights[kind]}`
      await recordAct(tx, { byId: viewer.id, act: 'site.change', reason, now: input.now })
    }
  })
}

/** Numbers from 0 to 100 with at most two places. @throws Invalid for each that is none */
function checkWeights(typed: Record<string, string | undefined>): Weights {
  const weights = { ...defaultWeights }
  const errors: FieldError[] = []
  for (const kind of actKinds) {
    const text = typed[kind]?.trim() ?? ''
    const value = Number(text)
    if (/^\d{1,3}(\.\d{1,2})?$/.test(text) && value <= most) weights[kind] = value
    else errors.push({ field: kind, code: 'weight' })
  }
  refuse(errors)
  return weights
}
