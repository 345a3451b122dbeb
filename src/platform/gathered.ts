import { Batches } from './batches.ts'
import { type Db, lookUp } from './database.ts'

type Values = readonly unknown[]
type Question<Row> = (db: Db, values: Values) => Promise<Row[]>

/** Questions in one statement at most. */
const most = 64

/**
 * A short read by key that many requests ask in the same moment, and then in one statement: that takes PostgreSQL and
 * the driver a third of what they take for each by itself. `types` are those of `$1`, `$2`... in `text`; of arrays
 * only those of numbers and of plain words.
 */
export function gathered<Row>(types: readonly string[], text: string): Question<Row> {
  const forMany = manyOf(types, text)
  const batches = new Batches<Values, Row[]>({
    size: most,
    atOnce: 2,
    run: async (db, questions) => {
      const [only] = questions
      if (only && questions.length === 1) return [await lookUp<Row>(db, text, only)]
      const answers: Row[][] = questions.map(() => [])
      const columns = types.map((type, i) => questions.map((values) => toElement(type, values[i])))
      for (const row of await lookUp<Row & { $place?: number | undefined }>(db, forMany, columns)) {
        const { $place = 0 } = row
        // A deleted property would make the row a dictionary, which is slow for all who read it.
        row.$place = undefined
        answers[$place - 1]?.push(row)
      }
      return answers
    },
  })
  return (db, values) => batches.add(db, values)
}

/** The same question for every row of its keys, with the place of the row in each answer. */
function manyOf(types: readonly string[], text: string): string {
  const isArray = (type: string | undefined) => type?.endsWith('[]') ?? false
  const lists = types.map((type, i) => `$${i + 1}::${isArray(type) ? 'text' : type}[]`)
  const names = types.map((_, i) => `k${i + 1}`)
  const question = text.replace(/\$(\d+)/g, (_, number: string) => {
    const type = types[Number(number) - 1]
    return isArray(type) ? `key.k${number}::${type}` : `key.k${number}`
  })
  return `select found.*, key.place as "$place" from unnest(${lists}) with ordinality key (${names}, place)
    cross join lateral (${question}) found`
}

/** A list of lists would have to be of one length each: a list within a list goes as text. */
function toElement(type: string, value: unknown): unknown {
  return type.endsWith('[]') && Array.isArray(value) ? `{${value.join()}}` : value
}
