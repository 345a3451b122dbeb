import { ask, type Db } from '#platform/database.ts'

/**
 * Puts the words that were written meanwhile to their places in the index, those of many posts together: that is a
 * quarter of the work. Until then they stand in a list that every search reads besides.
 * @returns of how many pages the list was
 */
export async function settleWords(db: Db): Promise<number> {
  const [row] = await ask<{ pages: number }>(
    db,
    `select gin_clean_pending_list('search_posts_tokens') + gin_clean_pending_list('search_comments_tokens') as pages`,
    [],
  )
  return row?.pages ?? 0
}

/** Does so every second (`every`: milliseconds) until disposed; what fails is told and tried again at the next turn. */
export function keepSettling(
  db: Db,
  { every = 1000, onFailure }: { every?: number; onFailure: (error: unknown) => void },
): AsyncDisposable {
  let running: Promise<unknown> | null = null
  const timer = setInterval(() => {
    running ??= settleWords(db)
      .catch(onFailure)
      .finally(() => {
        running = null
      })
  }, every)
  timer.unref()
  const stop = async () => {
    clearInterval(timer)
    await running
  }
  return { [Symbol.asyncDispose]: stop }
}
