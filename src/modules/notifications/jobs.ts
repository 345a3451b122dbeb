import type { Db } from '#platform/database.ts'
import { tellFollowers } from './followers.ts'
import type { Notifier } from './notifier.ts'

type Payload = { number: (name: string) => number; text: (name: string) => string }

/** Tells some of those who follow, and rings their bells. */
export async function tellFollowersJob(
  deps: { db: Db; notifier: Notifier; config: { mail: unknown }; clock: () => Date },
  payload: Payload,
): Promise<void> {
  const telling = { at: deps.clock(), mails: deps.config.mail !== null }
  const thing = {
    postId: payload.number('post'),
    commentId: payload.number('comment') || null,
    from: payload.number('from'),
  }
  deps.notifier.bell.ring(await tellFollowers(deps.db, telling, thing))
}
