import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { applyMigration, type Migration, makeMigrationsTable } from './migrations.ts'

/** Rows of one batch: what is in memory at a time, since a row may be as large as the longest text. */
const batch = 200

export type Table = {
  name: string
  columns: string[]
  /** What stands in a row of JSON for each column, as SQL: JSON's null is NULL there, but where NULL may not be it was JSON's. */
  values: string[]
  /** The order of the rows, as SQL: columns of the primary key, texts by their bytes, since servers sort letters differently. */
  key: string[]
  /** Whether `id` counts by itself. */
  counts: boolean
}

const quoted = (name: string) => pg.escapeIdentifier(name)
const placed = (table: Pick<Table, 'name'>) => `public.${quoted(table.name)}`

/**
 * A connection for work on whole tables: no statement and no pause is too long, and values have the one form that
 * does not depend on settings of the server.
 */
export async function connectForTables(url: string): Promise<pg.Client & AsyncDisposable> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'madang tables',
  })
  // A server that goes away fails the query that waits; without a listener it would end the process.
  client.on('error', () => {})
  await client.connect()
  // Not as options of the connection: those of the address would take their place.
  await client.query(`set TimeZone = 'UTC'; set bytea_output = 'hex'; set IntervalStyle = 'postgres'; set extra_float_digits = 1;
    set statement_timeout = 0; set idle_in_transaction_session_timeout = 0; set synchronize_seqscans = off`)
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() })
}

/** One transaction: committed when `work` is done, as if it had never begun when it fails. */
export async function inTransaction<T>(client: pg.Client, begin: string, work: () => Promise<T>): Promise<T> {
  await client.query(begin)
  try {
    const result = await work()
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch(() => {})
    throw error
  }
}

/** Every table of the schema by name, but the list of migrations, which each database keeps for itself. */
export async function listTables(client: pg.Client): Promise<Table[]> {
  const { rows } = await client.query<Table>(`
    select c.relname::text as name,
           array(select a.attname::text from pg_attribute a
                 where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped order by a.attnum) as columns,
           array(select format(case when a.attcollation = 0 then '%I' else '%I collate "C"' end, a.attname) from pg_index i
                 cross join unnest(i.indkey::smallint[]) with ordinality k (attnum, place)
                 join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
                 where i.indrelid = c.oid and i.indisprimary order by k.place) as key,
           array(select format(case when a.atttypid = 'jsonb'::regtype and a.attnotnull then 'coalesce(%I, ''null'')' else '%I' end, a.attname)
                 from pg_attribute a
                 where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped order by a.attnum) as values,
           exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'id' and a.attidentity <> '') as counts
    from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname <> 'migrations'
    order by c.relname`)
  return rows
}

/** The rows of a table as JSON, a text each, in the order of their key, in batches. Needs a transaction. */
export async function* rowsOf(client: pg.Client, table: Table): AsyncGenerator<string[]> {
  const order = table.key.length > 0 ? `order by ${table.key.join(', ')}` : ''
  await client.query(
    `declare rows no scroll cursor for select to_json(t)::text as row from ${placed(table)} t ${order}`,
  )
  for (;;) {
    const { rows } = await client.query<{ row: string }>(`fetch ${batch} from rows`)
    if (rows.length === 0) break
    yield rows.map(({ row }) => row)
  }
  await client.query('close rows')
}

/**
 * Puts rows, as `rowsOf` gives them, into a table. They are values of its columns and nothing else, whatever they hold.
 * @returns how many
 */
export async function addRows(
  client: pg.Client,
  table: Table,
  batches: AsyncIterable<string[]>,
): Promise<number> {
  const columns = table.columns.map(quoted).join(', ')
  const text = `
    insert into ${placed(table)} (${columns}) overriding system value
    select ${table.values.join(', ')} from unnest($1::text[]) line, json_populate_record(null::${placed(table)}, line::json)`
  let count = 0
  for await (const lines of batches) count += (await client.query(text, [lines])).rowCount ?? 0
  return count
}

/** The last `id` that a table gave, so that ids of what was deleted are not given again. Null before the first. */
export async function lastId(client: pg.Client, table: Table): Promise<string | null> {
  if (!table.counts) return null
  const { rows } = await client.query<{ last: string | null }>(
    `select pg_sequence_last_value(pg_get_serial_sequence($1, 'id')::regclass)::text as last`,
    [placed(table)],
  )
  return rows[0]?.last ?? null
}

export async function setLastId(client: pg.Client, table: Table, last: string | null): Promise<void> {
  if (!table.counts) return
  await client.query(
    `select setval(pg_get_serial_sequence($1, 'id'), greatest(m.largest, $2::bigint))
     from (select max(id) as largest from ${placed(table)}) m
     where greatest(m.largest, $2::bigint) is not null`,
    [placed(table), last],
  )
}

/**
 * The schema of these migrations, without rows, in place of whatever stands there; everything `work` puts in is checked
 * at its end, at once: foreign keys and the larger part of the indexes come back then. Needs a transaction.
 */
export async function buildSchema(
  client: pg.Client,
  migrations: readonly Migration[],
  work: () => Promise<void>,
): Promise<void> {
  await dropEverything(client)
  await makeMigrationsTable(client)
  for (const migration of migrations) await applyMigration(client, migration)
  const tables = await listTables(client)
  const apart = await partsToPutBack(client)
  for (const { drop } of apart) await client.query(drop)
  for (const table of tables) await client.query(`alter table ${placed(table)} disable trigger user`)
  for (const table of tables) await client.query(`delete from ${placed(table)}`)
  await work()
  for (const { make } of apart) await client.query(make)
  for (const table of tables) await client.query(`alter table ${placed(table)} enable trigger user`)
}

/** Foreign keys and indexes that no constraint needs, as statements. Indexes are made before what asks them. */
async function partsToPutBack(client: pg.Client): Promise<{ drop: string; make: string }[]> {
  const { rows } = await client.query<{ drop: string; make: string }>(`
    select format('alter table %s drop constraint %I', k.conrelid::regclass, k.conname) as drop,
           format('alter table %s add constraint %I %s', k.conrelid::regclass, k.conname, pg_get_constraintdef(k.oid)) as make,
           1 as turn
    from pg_constraint k where k.contype = 'f' and k.connamespace = 'public'::regnamespace
    union all
    select format('drop index %s', i.indexrelid::regclass), pg_get_indexdef(i.indexrelid), 0
    from pg_index i join pg_class c on c.oid = i.indexrelid
    where c.relnamespace = 'public'::regnamespace and not i.indisunique
      and not exists (select from pg_constraint k where k.conindid = i.indexrelid)
    order by turn`)
  return rows
}

/** Tables and functions of the schema, and the queue of jobs, which belong to what was there. */
async function dropEverything(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ drop: string }>(`
    select format('drop table %s cascade', c.oid::regclass) as drop, 0 as turn
    from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
      and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
    union all
    select format('drop routine if exists %s cascade', p.oid::regprocedure), 1
    from pg_proc p where p.pronamespace = 'public'::regnamespace
      and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
    order by turn`)
  for (const { drop } of rows) await client.query(drop)
  await client.query('drop schema if exists graphile_worker cascade')
}

/** Whether nobody else is connected to the database. One that has just gone may show for a moment, so it is asked again. */
export async function isAlone(client: pg.Client): Promise<boolean> {
  for (let tries = 0; tries < 20; tries++) {
    const { rows } = await client.query(
      `select from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid() and usesysid is not null and coalesce(backend_type, 'client backend') = 'client backend'`,
    )
    if (rows.length === 0) return true
    await sleep(100)
  }
  return false
}
