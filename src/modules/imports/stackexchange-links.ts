import { paths } from '#paths.ts'
import { ask } from '#platform/database.ts'
import { memberTarget, type Resolve, rewriteAll, type Target, tagsHere, tagTarget } from './links.ts'
import type { Site } from './stackexchange-site.ts'
import { knownIds } from './writer.ts'

/** Paths of such a site's pages that do not come in. */
const others = 'questions|users|posts|help|faq|privileges|badges|review|revisions|tour|election'
const elsewhere = new RegExp(`^/(${others})(/|$)`)
const pattern = `/(questions|q|a|posts|users)/[0-9]|/questions/tagged/|\\]\\(/(${others})`
const shape = /^\/(questions|q|a|posts)\/(\d+)(?:\/([^/]*))?(?:\/(\d+))?/

/** Links between the site's questions, answers and comments lead to those here, links to tags and people to their pages. */
export async function rewriteSiteLinks(site: Site): Promise<void> {
  const hosts = await hostsOf(site)
  const titles = new Map([...site.questions.values()].map((question) => [question.id, question.title]))
  const tags = await tagsHere(site.run.db)
  const remarks = await knownIds(site.run.db, 'comments', site.run.key('comment', ''))
  const resolve: Resolve = (address, isRelative) => {
    if (!isRelative && !hosts.has(address.hostname)) return null
    return here(address) ?? (isRelative ? there(address) : null)
  }
  const here = (address: URL): Target | null => {
    const tag = /^\/questions\/tagged\/([^/]+)\/?$/.exec(address.pathname)?.[1]
    if (tag) return tagTarget(tags, tag)
    const person = /^\/users\/(\d+)(?:\/[^/]*)?\/?$/.exec(address.pathname)?.[1]
    if (person) return memberTarget(site.people, person)
    const remark = remarks.get(/^#comment(\d+)(?:_\d+)?$/.exec(address.hash)?.[1] ?? '')
    const found = target(site, titles, address)
    return found && remark ? { ...found, path: paths.comment(remark) } : found
  }
  // Where the host showed itself only by what came in.
  const [host] = hosts
  const there = ({ pathname, search, hash }: URL): Target | null =>
    host && elsewhere.test(pathname)
      ? { path: `https://${host}${pathname}${search}${hash}`, title: '' }
      : null
  await rewriteAll(site.run, { pattern, resolve, mentions: site.people.mentions })
}

function target(site: Site, titles: ReadonlyMap<number, string>, address: URL): Target | null {
  const [, kind, id = '', , answerId] = shape.exec(address.pathname) ?? []
  if (!kind) return null
  const wanted = answerId ?? /^#(?:answer-)?(\d+)$/.exec(address.hash)?.[1] ?? (kind === 'a' ? id : '')
  const answer = site.answers.get(wanted) ?? site.answers.get(id)
  const question = site.questions.get(id)
  if (answer && (answer.postId === question?.id || !question)) {
    return { path: paths.comment(answer.id), title: titles.get(answer.postId) ?? '' }
  }
  return question ? { path: paths.post(question), title: question.title } : null
}

/**
 * The site's own hosts: the one that was given, and what the dump shows: links whose words are the very title of the question
 * with that id here. Two such links are proof; one may be chance, where the folder has not the host's name.
 */
async function hostsOf(site: Site): Promise<Set<string>> {
  const proofs = new Map<string, number>()
  const found = await ask<{ host: string; id: string; words: string }>(
    site.run.db,
    `select distinct m[1] as host, m[2] as id, m[3] as words
     from (select v.body from posts p join post_versions v on v.post_id = p.id and v.version = p.version
           where starts_with(p.imported_from, $1)
           union all select v.body from comments c join comment_versions v on v.comment_id = c.id and v.version = c.version
           where starts_with(c.imported_from, $1)) t,
       regexp_matches(t.body, 'https?://([a-z0-9.-]+)/questions/([0-9]+)/([a-z0-9-]{12,})', 'g') m
     limit 20000`,
    [`${site.run.source}:`],
  )
  for (const { host, id, words } of found) {
    const question = site.questions.get(id)
    if (question && sameWords(question.title, words)) proofs.set(host, (proofs.get(host) ?? 0) + 1)
  }
  const [, name] = site.run.source.split(':')
  const proven = [...proofs]
    .filter(([host, count]) => count >= 2 || host.startsWith(`${name}.`))
    .sort(([, one], [, other]) => other - one)
    .map(([host]) => host)
  const own = site.host === null ? proven : [site.host, ...proven]
  // The meta sites were renamed in 2018; old texts hold the old form.
  return new Set(own.flatMap((host) => [host, `www.${host}`, host.replace(/^([a-z]+)\.meta\./, 'meta.$1.')]))
}

function sameWords(title: string, words: string): boolean {
  const own = title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
  return own.startsWith(words) || words.startsWith(own)
}
