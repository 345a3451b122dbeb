import type { Actor, TestApp } from './app.ts'

/** Lets every session of a member count as one whose person just showed who they are. */
export async function prove(site: TestApp, { id }: Pick<Actor, 'id'>): Promise<void> {
  await site.db
    .updateTable('sessions')
    .set({ proved_at: site.clock.now })
    .where('member_id', '=', id)
    .execute()
}
