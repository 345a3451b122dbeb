import Fastify from 'fastify'
import pg from 'pg'

/**
 * What the shares of a bare answer are worth: the plainest server that does the work at all, on the same database, in
 * the fastest form that was found. One statement with held plans gives all of a page as JSON, over connections that wait
 * for no answer before the next question; votes and replies that come together are one statement and one commit. Nobody
 * is asked who they are or what they may, nothing is checked, searched, told or remembered. The database's address comes
 * by message; the port goes back.
 */
const server = Fastify({ logger: false })
const heldPlans = '-c plan_cache_mode=force_generic_plan'
let readers: pg.Client[] = []
let writer: pg.Client

const escaped = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

const pageQuery = `select
  (select json_build_object('title', p.title, 'html', v.html, 'at', p.created_at, 'votes', p.votes, 'name', m.name, 'board', b.name)
    from posts p join boards b on b.id = p.board_id join members m on m.id = p.author_id
    join post_versions v on v.post_id = p.id and v.version = p.version where p.id = $1) as post,
  (select json_agg(json_build_object('id', c.id, 'depth', cardinality(c.path), 'html', v.html, 'name', m.name, 'votes', c.votes,
      'at', c.created_at) order by c.path)
    from comments c join members m on m.id = c.author_id
    join comment_versions v on v.comment_id = c.id and v.version = c.version where c.post_id = $1) as comments`

const finishedQuery = 'select html from bench_pages where id = $1'

const writeReplies = `with asked as (
    select nextval('comments_id_seq') as id, * from unnest($1::bigint[], $2::bigint[], $3::text[]) a (post_id, by_id, body)
  ), written as (
    insert into comments (id, post_id, path, author_id) overriding system value
    select id, post_id, array[id], by_id from asked
  ), version as (
    insert into comment_versions (comment_id, version, body, html, renderer, by_id)
    select id, 1, body, body, 1, by_id from asked
  ), counted as (
    update posts p set comments = p.comments + w.count
    from (select post_id, count(*)::int as count from asked group by 1) w where p.id = w.post_id
  ) select id from asked`
const writeVotes = `with written as (
    insert into post_votes (post_id, member_id, value) select * from unnest($1::bigint[], $2::bigint[], $3::smallint[])
    on conflict do nothing returning post_id, value
  ), counted as (
    update posts p set votes = p.votes + w.sum
    from (select post_id, sum(value)::int as sum from written group by 1) w where p.id = w.post_id
  ) select post_id from written`

type Id = { Params: { id: string } }
type Text = { html: string; at: string; votes: number; name: string | null }
type Found = {
  post: Text & { title: string; board: string }
  comments: (Text & { id: number; depth: number })[] | null
}

let turn = 0
server.get<Id>('/p/:id/*', async (request, reply) => {
  const reader = readers[turn++ % readers.length]
  const found = await reader?.query<Found>({ name: 'page', text: pageQuery, values: [request.params.id] })
  if (!found?.rows[0]) throw new Error('no such post')
  const { post, comments } = found.rows[0]
  const items = (comments ?? []).map(
    (one) => `<li id="c${one.id}" class="d${one.depth}"><p><b>${escaped(one.name ?? '')}</b>
<time datetime="${one.at}"></time> ${one.votes}</p>${one.html}</li>`,
  )
  return reply.type('text/html; charset=utf-8').send(`<!doctype html><title>${escaped(post.title)}</title>
<p>${escaped(post.board)}</p><h1>${escaped(post.title)}</h1><p>${escaped(post.name ?? '')} ${post.votes}
<time datetime="${post.at}"></time></p>${post.html}<ol>${items.join('')}</ol>`)
})

/** The floor under all of that: a finished page, which `floor.ts` put into a table, is fetched by its key and sent. */
server.get<Id>('/finished/:id', async (request, reply) => {
  const reader = readers[turn++ % readers.length]
  const values = [request.params.id]
  const found = await reader?.query<{ html: string }>({ name: 'finished', text: finishedQuery, values })
  return reply.type('text/html; charset=utf-8').send(found?.rows[0]?.html)
})

/** What comes while the statement before is under way goes together into the next. */
function together(name: string, text: string): (values: unknown[]) => Promise<void> {
  let waiting: { values: unknown[]; done: () => void }[] = []
  let isBusy = false
  const run = async () => {
    const batch = waiting
    waiting = []
    const columns = batch[0]?.values.map((_, i) => batch.map(({ values }) => values[i]))
    await writer.query({ name, text, values: columns ?? [] })
    for (const { done } of batch) done()
    isBusy = false
    begin()
  }
  const begin = () => {
    if (isBusy || waiting.length === 0) return
    isBusy = true
    // When this turn of the event loop and the next are over: what comes with them goes along.
    setImmediate(() => setImmediate(run))
  }
  return (values) =>
    new Promise((done) => {
      waiting.push({ values, done })
      begin()
    })
}

let count = 0
const nextMember = () => 1 + (count++ % 200)
const reply = together('replies', writeReplies)
const vote = together('votes', writeVotes)

server.post<Id & { Body: { body: string } }>('/api/v1/posts/:id/comments', async (request, answer) => {
  await reply([request.params.id, nextMember(), request.body.body])
  return answer.code(201).send(request.body)
})

server.put<Id & { Body: { value: number } }>('/api/v1/posts/:id/vote', async (request) => {
  await vote([request.params.id, nextMember(), request.body.value])
  return {}
})

process.once('message', async (connectionString: string) => {
  const open = async (pipeline: boolean) => {
    const client = new pg.Client({ connectionString, options: heldPlans, pipeline })
    await client.connect()
    return client
  }
  readers = [await open(true), await open(true)]
  writer = await open(false)
  process.send?.(await server.listen({ port: 0, host: '127.0.0.1' }))
})
