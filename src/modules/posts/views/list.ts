import type { PostList, PostSort, TopPeriod } from '#modules/posts/shapes.ts'
import { type Html, html, nothing } from '#platform/html.ts'
import { emptyPlace } from '#ui/empty.ts'
import type { Page } from '#ui/page.ts'
import { pager } from '#ui/pager.ts'
import { postRows } from './rows.ts'

export type ListQuery = { sort?: string | null; period?: string | null; after?: string | null }

export type ListData = {
  list: PostList
  sort: PostSort
  /** Only for `top`. */
  period: TopPeriod
  /** The cursor in the address; null on the first page. */
  after: string | null
  /** The order that the address without `sort` has. */
  defaultSort: PostSort
  /** This list's own address with another order or page. */
  address: (query: ListQuery) => string
  boardId?: number
  /** Stands among the orders on narrow screens, where the top bar has no room for it. */
  beside?: { href: string; label: string }
  /** What to say when there is nothing at all. */
  empty: { title: string; text: string; action?: { href: string; label: string } }
}

const sorts: readonly PostSort[] = ['latest', 'active', 'hot', 'top']
const periods: readonly TopPeriod[] = ['day', 'week', 'month', 'year', 'all']

/** Order tabs, rows, pager; or a designed emptiness. */
export function postList(page: Page, data: ListData): Html {
  const { list } = data
  return html`${sortTabs(page, data)}
${data.after === null && page.viewer !== null && html`<new-posts data-since="${page.now.toISOString()}"></new-posts>`}
${
  list.posts.length > 0
    ? postRows(page, list.posts, {
        ...(data.boardId === undefined ? {} : { boardId: data.boardId }),
        byActivity: data.sort === 'active',
      })
    : emptyPlace(emptiness(page, data))
}
${listPager(page, data)}`
}

function tab(href: string, label: string, isCurrent: boolean): Html {
  return html`<a href="${href}"${isCurrent && html` aria-current="true"`}>${label}</a>`
}

function sortTabs(page: Page, data: ListData): Html {
  const t = page.words.list
  const of = (sort: PostSort) => data.address({ sort: sort === data.defaultSort ? null : sort })
  return html`<nav class="tabs" aria-label="${t.sort}">${sorts.map((sort) => tab(of(sort), t.sorts[sort], sort === data.sort))}${
    data.beside && html`<a class="beside" href="${data.beside.href}">${data.beside.label}</a>`
  }${data.sort === 'top' && periodTabs(page, data)}</nav>`
}

function periodTabs(page: Page, data: ListData): Html {
  const t = page.words.list
  const links = periods.map((period) =>
    tab(data.address({ sort: 'top', period }), t.periods[period], period === data.period),
  )
  return html`<span class="periods" role="group" aria-label="${t.period}">${links}</span>`
}

function emptiness(page: Page, data: ListData): ListData['empty'] {
  const t = page.words.list
  if (data.after !== null)
    return { title: t.end, text: t.endNext, action: { href: data.address({}), label: t.first } }
  if (data.sort === 'top' && data.period !== 'all') {
    const action = { href: data.address({ sort: 'top', period: 'all' }), label: t.allPeriods }
    return { title: t.emptyPeriod, text: t.emptyPeriodNext, action }
  }
  return data.empty
}

function listPager(page: Page, data: ListData): Html {
  const t = page.words.list
  const { sort, after, list } = data
  const query = {
    sort: sort === data.defaultSort ? null : sort,
    period: sort === 'top' ? data.period : null,
  }
  if (list.posts.length === 0) return nothing
  return pager({
    label: t.pages,
    next: list.next === null ? null : { href: data.address({ ...query, after: list.next }), label: t.older },
    first: after === null ? null : { href: data.address(query), label: t.first },
  })
}
