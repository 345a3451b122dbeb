import type { Html } from '#platform/html.ts'
import { diffTexts, diffView } from '#ui/diff.ts'
import type { Page } from '#ui/page.ts'

/** What changed from one text to another, for the page that settles a conflict. */
export function versionDiff(page: Page, before: string, after: string): Html {
  return diffView(page, diffTexts(before, after).blocks)
}
