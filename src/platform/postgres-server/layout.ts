import { join } from 'node:path'

/** Where things lie under DATA_DIR. */
export type Layout = {
  dataDir: string
  /** PGDATA. The socket lies in it too, unless the path is too long for one. */
  cluster: string
  log: string
  secrets: string
  password: string
  lock: string
}

export function layoutOf(dataDir: string): Layout {
  return {
    dataDir,
    cluster: join(dataDir, 'postgres'),
    log: join(dataDir, 'postgres.log'),
    secrets: join(dataDir, 'secrets'),
    password: join(dataDir, 'secrets', 'postgres-password'),
    lock: join(dataDir, 'madang.lock'),
  }
}
