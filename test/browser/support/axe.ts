import axe from 'axe-core'
import type { Page } from 'playwright-core'

const standards = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

declare global {
  interface Window {
    axe: typeof axe
  }
}

/** What the checker finds on the page as it stands, or in a part of it: rule and place. */
export async function violations(page: Page, part = 'html'): Promise<string[]> {
  await page.evaluate(axe.source)
  const found = await page.evaluate(
    ([include, values]) => window.axe.run({ include }, { runOnly: { type: 'tag', values } }),
    [part, standards] as const,
  )
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`),
  )
}
