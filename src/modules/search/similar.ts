import type { Viewer } from '#modules/accounts/viewer.ts'
import { findListed } from '#modules/posts/by-id.ts'
import type { ListedPost } from '#modules/posts/shapes.ts'
import type { Db } from '#platform/database.ts'
import { findByTerms } from './candidates.ts'
import { frequenciesFor } from './frequencies.ts'
import { likeness, likenessTerms } from './likeness.ts'
import { inTime } from './patience.ts'
import { parseQuery, textOfQuery } from './query.ts'
import { termsOf } from './ranking.ts'
import { findScope } from './scope.ts'
import { wideTerms } from './search.ts'
import { titlesOf } from './texts.ts'

/** From this likeness on two titles are shown as similar; chosen on the training half of Question_pair. */
const enough = 0.25
const shown = 5

/** Posts whose title says what the title of one being written says. */
export async function findSimilar(
  db: Db,
  viewer: Viewer | null,
  given: { title: string; timeZone: string },
): Promise<ListedPost[]> {
  // No title is longer; what is compared with hundreds of them must have an end.
  const title = given.title.slice(0, 200)
  // Operators are no operators in a title.
  const query = parseQuery(title.replace(/[":-]/g, ' '))
  if (query.words.length === 0) return []
  const scope = await findScope(db, viewer, { timeZone: given.timeZone })
  if (!scope) return []
  const found = await inTime(db, async (tx) => {
    const terms = wideTerms(query, await frequenciesFor(tx, termsOf(textOfQuery(query))))
    const candidates = await findByTerms(tx, { terms, scope })
    const posts = candidates.filter((one) => one.commentId === null)
    const others = await titlesOf(
      tx,
      posts.map((one) => one.postId),
    )
    const titles = [title, ...others.map((one) => one.title)]
    const frequencies = await frequenciesFor(tx, [...new Set(titles.flatMap(likenessTerms))])
    const near = others
      .map((one) => ({ id: one.id, likeness: likeness(title, one.title, frequencies) }))
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
