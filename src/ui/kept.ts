import { type Kept, kept } from '#platform/http/page-cache.ts'
import { languages } from '#words/words.ts'

/**
 * For the `config` of a page's route: guests may get it from memory. `query` is its schema; parameters that stand
 * neither there nor here change nothing of the page. The handler says by `dependsOn` what it shows.
 */
export function keptPage(query?: { properties: object }): { kept: Kept } {
  return { kept: kept(query, { lang: Object.keys(languages) }) }
}
