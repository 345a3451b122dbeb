import type { Viewer } from '#modules/accounts/viewer.ts'
import { findListed } from '#modules/posts/by-id.ts'
import type { ListedPost } from '#modules/posts/shapes.ts'
import type { Db } from '#platform/database.ts'
import { fold } from './analyse.ts'
import { findByTerms } from './candidates.ts'
import { frequenciesFor } from './frequencies.ts'
import { parseQuery, textOfQuery } from './query.ts'
import { type Frequencies, Ranker } from './ranking.ts'
import { findScope } from './scope.ts'
import { inTime, wideTerms } from './search.ts'
import { loadTexts } from './texts.ts'

/** From this likeness on two questions are shown as similar; chosen on the training half of Question_pair. */
const enough = 0.3
const shown = 5

/** How much of what one question asks stands in the other, 0 to about 1: the smaller of both directions. */
export function likeness(one: string, two: string, frequencies: Frequencies): number {
  const asked = new Ranker(one, frequencies)
  const self = asked.score({ title: '', text: fold(one) })
  if (self === 0) return 0
  return Math.min(1, asked.score({ title: '', text: fold(two) }) / self)
}

/** Posts whose title says what the title of one being written says. */
export async function findSimilar(
  db: Db,
  viewer: Viewer | null,
  { title, timeZone }: { title: string; timeZone: string },
): Promise<ListedPost[]> {
  // Operators are no operators in a title.
  const query = parseQuery(title.replace(/[":-]/g, ' '))
  if (query.words.length === 0) return []
  const scope = await findScope(db, viewer, { filters: {}, timeZone })
  if (!scope) return []
  const found = await inTime(db, async (tx) => {
    const frequencies = await frequenciesFor(tx, textOfQuery(query))
    const candidates = await findByTerms(tx, { terms: await wideTerms(tx, query), scope })
    const loaded = await loadTexts(
      tx,
      candidates.filter((one) => one.commentId === null),
    )
    const near = loaded
      .map((one) => ({ id: one.postId, likeness: likeness(title, one.folded.title, frequencies) }))
      .filter((one) => one.likeness >= enough)
      .sort((one, two) => two.likeness - one.likeness || two.id - one.id)
    return findListed(
      tx,
      viewer,
      near.slice(0, shown).map((one) => one.id),
    )
  })
  return found === 'too slow' ? [] : found
}
