import { join } from 'node:path'
import pg from 'pg'
import { signAccessToken } from '#modules/accounts/sessions.ts'
import { layoutOf } from '#platform/postgres-server/layout.ts'
import { borrowPostgres } from '#platform/postgres-server/server.ts'
import { loadSecret } from '#platform/secrets.ts'
import type { Sent } from './messages.ts'
import { boardWithBranch, commentsOfPage, memberCount, sessionsOf } from './seed.ts'

/** What the scenarios need of the seeded rows. */
export type Place = {
  /** Addresses of 100 discussions with 20 comments each. */
  pages: string[]
  /** Ids of posts to answer and vote on. */
  posts: number[]
  /** A question, where votes go down too. */
  question: number
  cookies: string[]
  /** Access tokens, good for 15 minutes from `readPlace` on. */
  tokens: string[]
}

export type Scenario = {
  name: string
  /** Share of the bare answer's requests per second that it should reach. */
  aim?: number
  /** Whether `plain.ts` does the same in its way. */
  plain?: boolean
  /** Instead of `--connections`. */
  connections?: number
  /** What the server is started with. */
  settings?: Record<string, string>
  /** The requests of one round; `round` keeps writes of different rounds apart. */
  requests: (place: Place, round: number) => Sent[]
}

const members = Array.from({ length: memberCount }, (_, i) => i + 1)
/** A multiple of the connections, so that each member's requests stay on one connection. */
const voters = 192
const written = 30_000
const text =
  '저도 같은 일을 겪었습니다. 잎 뒷면의 노란 알을 먼저 떼어 내면 훨씬 줄어듭니다. **사진**은 저녁에 올려 볼게요.'
const language = { 'accept-language': 'ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7' }

/** A folder that is used again holds votes of the run before, later than the seed's: the same again would change nothing. */
const forgetVotes = `
  with gone as (delete from post_votes where created_at > (select min(created_at) from post_votes) returning post_id, value),
    sums as (select post_id, sum(value)::int as votes from gone group by post_id)
  update posts p set votes = p.votes - s.votes, hot = hot_rank(p.votes - s.votes, p.created_at) from sums s where p.id = s.post_id`

export async function readPlace(dataDir: string): Promise<Place> {
  await using server = await borrowPostgres({ dataDir, log: () => {} })
  const client = new pg.Client({ connectionString: server.url })
  await client.connect()
  try {
    await client.query(forgetVotes)
    const ids = async (condition: string, limit: number): Promise<number[]> => {
      const text = `select id::int from posts where ${condition} order by id desc limit ${limit}`
      return (await client.query<{ id: number }>(text)).rows.map((row) => row.id)
    }
    const pages = await ids(`comments = ${commentsOfPage} and kind = 'discussion' and id % 10 = 0`, 100)
    const [question = 0] = await ids(`kind = 'question'`, 1)
    const key = loadSecret(layoutOf(dataDir).dataDir, 'token-key')
    const now = new Date()
    const tokens = members.map((id) =>
      signAccessToken({ memberId: id, sessionId: sessionsOf(id).client, key, now }),
    )
    return {
      pages: pages.map((id) => `/p/${id}`),
      posts: await ids('true', 10_000),
      question,
      cookies: members.map((id) => sessionsOf(id).cookie),
      tokens: await Promise.all(tokens),
    }
  } finally {
    await client.end()
  }
}

const get = (path: string, headers: Record<string, string> = {}): Sent => ({
  method: 'GET',
  path,
  headers: { ...language, ...headers },
})

const write = (
  place: Place,
  sent: { method: 'POST' | 'PUT'; path: string; member: number; body: object },
): Sent => ({
  method: sent.method,
  path: `/api/v1${sent.path}`,
  headers: { 'content-type': 'application/json', authorization: `Bearer ${place.tokens[sent.member - 1]}` },
  body: JSON.stringify(sent.body),
})

/** Many writes by many members, none twice: the n-th of a round goes to another post than the one before. */
const spread = (place: Place, round: number, make: (post: number, member: number) => Sent): Sent[] =>
  Array.from({ length: written }, (_, i) => {
    const n = round * written + i
    const post = place.posts[n % place.posts.length] ?? 0
    return make(post, 1 + ((Math.floor(n / place.posts.length) + n) % memberCount))
  })

type Vote = { post: number; member: number; value: number }
const vote = (place: Place, { post, member, value }: Vote) =>
  write(place, { method: 'PUT', path: `/posts/${post}/vote`, member, body: { value } })
const reply = (place: Place, post: number, member: number) =>
  write(place, { method: 'POST', path: `/posts/${post}/comments`, member, body: { body: text } })
const ofMember = (place: Place, i: number) => ({ cookie: place.cookies[i % 16] ?? '' })

/** Guests’ pages that are kept, and the same by a server that keeps nothing. */
const fromMemory = { aim: 0.8, connections: 64 } as const
export const madeAnew = { settings: { PAGE_CACHE_MB: '0', ROW_CACHE_MB: '0' } }

export const scenarios: Scenario[] = [
  { name: 'post, guest', ...fromMemory, requests: ({ pages }) => pages.map((path) => get(path)) },
  {
    name: 'compressed post, guest',
    ...fromMemory,
    requests: ({ pages }) => pages.map((path) => get(path, { 'accept-encoding': 'gzip, deflate, br' })),
  },
  { name: 'board, guest', ...fromMemory, requests: () => [get(`/b/${boardWithBranch}`)] },
  { name: 'home, guest', ...fromMemory, requests: () => [get('/')] },
  {
    name: 'post, guest, made anew',
    plain: true,
    ...madeAnew,
    requests: ({ pages }) => pages.map((path) => get(path)),
  },
  { name: 'board, guest, made anew', ...madeAnew, requests: () => [get(`/b/${boardWithBranch}`)] },
  { name: 'home, guest, made anew', ...madeAnew, requests: () => [get('/')] },
  {
    name: 'post, member',
    plain: true,
    aim: 0.15,
    // Sixteen members, one on each connection.
    requests: (place) =>
      place.pages.flatMap((path) => members.slice(0, 16).map((_, i) => get(path, ofMember(place, i)))),
  },
  {
    name: 'board, member',
    requests: (place) => members.slice(0, 16).map((_, i) => get(`/b/${boardWithBranch}`, ofMember(place, i))),
  },
  {
    name: 'home, member',
    requests: (place) => members.slice(0, 16).map((_, i) => get('/', ofMember(place, i))),
  },
  {
    name: 'reply',
    plain: true,
    aim: 0.15,
    requests: (place, round) => spread(place, round, (post, member) => reply(place, post, member)),
  },
  { name: 'reply, one member on one post', requests: (place) => [reply(place, place.posts[0] ?? 0, 1)] },
  {
    name: 'vote',
    plain: true,
    aim: 0.2,
    requests: (place, round) =>
      spread(place, round, (post, member) => vote(place, { post, member, value: 1 })),
  },
  {
    name: 'vote, all on one question',
    requests: (place) =>
      [1, -1].flatMap((value) =>
        members.slice(0, voters).map((member) => vote(place, { post: place.question, member, value })),
      ),
  },
  {
    name: 'new post',
    requests: (place, round) =>
      members.map((member) =>
        write(place, {
          method: 'POST',
          path: `/boards/${boardWithBranch}/posts`,
          member,
          body: { title: `가을 산책 ${round}`, body: `${text}\n\n${text}`, tags: ['가을'] },
        }),
      ),
  },
]

/** Where profiles and tables are written when nothing else is said. */
export const outputFolder = join(import.meta.dirname, '../node_modules/.cache/bench')
