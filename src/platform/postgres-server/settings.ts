import { totalmem } from 'node:os'

/**
 * Our settings of the server, for a machine of 512 MB and more and a few dozen connections. They stand in madang.conf,
 * which postgresql.conf includes first: the operator's own lines there win. Durability stays at PostgreSQL's
 * defaults (fsync, synchronous_commit, full_page_writes on).
 */
const settings: Record<string, string> = {
  max_connections: '60',
  shared_buffers: `${sharedMegabytes(Math.min(totalmem(), process.constrainedMemory() || totalmem()))}MB`,
  effective_cache_size: '512MB',
  work_mem: '8MB',
  maintenance_work_mem: '64MB',
  random_page_cost: '1.1',
  huge_pages: 'off',
  jit: 'off',
  // One process for each connection is enough on two cores; parallel workers and I/O workers cost memory.
  max_parallel_workers_per_gather: '0',
  // A restore or REINDEX by one process packs a GIN index a sixth tighter than by several.
  max_parallel_maintenance_workers: '0',
  io_method: 'sync',
  // No replication from the embedded server: its processes stay away.
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_replication_slots: '0',
  max_logical_replication_workers: '0',
  max_wal_size: '512MB',
  min_wal_size: '32MB',
  autovacuum_worker_slots: '2',
  autovacuum_max_workers: '2',
  // After a crash the server ends, and Madang starts it anew (`keepRunning`) and says why that fails. By itself it can hang
  // on a full disk: its recovery is given up, and it goes on refusing connections.
  restart_after_crash: 'off',
  // A long query whose Madang was killed ends soon after it.
  client_connection_check_interval: '5s',
  timezone: 'UTC',
  log_timezone: 'UTC',
  lc_messages: 'C',
  default_text_search_config: 'pg_catalog.simple',
  // Failed statements belong to the program, which logs them without personal data; here stands the server's own life.
  log_min_messages: 'log',
  log_checkpoints: 'off',
  log_line_prefix: '%m [%p] ',
}

/**
 * A thirty-second of the machine's memory (in bytes), which on a large one holds the search's index of a million posts.
 * Only what is read of the database takes it.
 */
export function sharedMegabytes(memory: number): number {
  return Math.round(Math.min(512, Math.max(96, memory / 32 / 2 ** 20)))
}

/** What was in memory when the server stopped is there again soon after it starts: no search is slow for being the first. */
const prewarming = { shared_preload_libraries: 'pg_prewarm', 'pg_prewarm.autoprewarm': 'on' }

export function madangConf({ canPrewarm }: { canPrewarm: boolean }): string {
  const all = { ...settings, ...(canPrewarm ? prewarming : {}) }
  return [
    '# Written by Madang at each start. Put your own settings into postgresql.conf: they win over these.',
    ...Object.entries(all).map(([name, value]) => `${name} = '${value}'`),
    '',
  ].join('\n')
}

export const postgresqlConf = [
  '# Settings of the embedded PostgreSQL. Your lines go below the include and win over it.',
  "include_if_exists 'madang.conf'",
  '',
].join('\n')
