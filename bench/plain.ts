import Fastify from 'fastify'
import pg from 'pg'

/**
 * What the shares of a bare answer are worth: the plainest server that does the work at all, on the same database.
 * Two statements and a template make a page; one transaction a reply or a vote. Nobody is asked who they are or what
 * they may, nothing is checked, found again, counted or told. The database's address comes by message; the port goes back.
 */
const server = Fastify({ logger: false })
let pool: pg.Pool
type Statement = { name: string; text: string; values: unknown[] }
const ask = async (on: pg.Pool | pg.PoolClient, statement: Statement) => (await on.query(statement)).rows

const escaped = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

const postQuery = `select p.title, v.html, p.created_at, p.votes, m.name, b.name as board
  from posts p join boards b on b.id = p.board_id join members m on m.id = p.author_id
  join post_versions v on v.post_id = p.id and v.version = p.version where p.id = $1`
const commentsQuery = `select c.id, cardinality(c.path) as depth, v.html, m.name, c.votes, c.created_at
  from comments c join members m on m.id = c.author_id
  join comment_versions v on v.comment_id = c.id and v.version = c.version where c.post_id = $1 order by c.path limit 50`

const commentInsert = `insert into comments (id, post_id, path, author_id) overriding system value
  select n, $1, array[n], $2 from nextval('comments_id_seq') n returning id`
const versionInsert = `insert into comment_versions (comment_id, version, body, html, renderer, by_id)
  values ($1, 1, $2, $2, 1, 1)`
const counted = 'update posts set comments = comments + 1 where id = $1'
const voteInsert = `insert into post_votes (post_id, member_id, value) values ($1, $2, $3)
  on conflict do nothing returning value`
const voted = 'update posts set votes = votes + $2 where id = $1'

type Id = { Params: { id: string } }

server.get<Id>('/p/:id/*', async (request, reply) => {
  const { id } = request.params
  const [[post], comments] = await Promise.all([
    ask(pool, { name: 'post', text: postQuery, values: [id] }),
    ask(pool, { name: 'comments', text: commentsQuery, values: [id] }),
  ])
  const items = comments.map(
    (one) => `<li id="c${one.id}" class="d${one.depth}"><p><b>${escaped(one.name ?? '')}</b>
<time datetime="${one.created_at.toISOString()}"></time> ${one.votes}</p>${one.html}</li>`,
  )
  return reply.type('text/html; charset=utf-8').send(`<!doctype html><title>${escaped(post.title)}</title>
<p>${escaped(post.board)}</p><h1>${escaped(post.title)}</h1><p>${escaped(post.name ?? '')} ${post.votes}
<time datetime="${post.created_at.toISOString()}"></time></p>${post.html}<ol>${items.join('')}</ol>`)
})

server.post<Id & { Body: { body: string } }>('/api/v1/posts/:id/comments', async (request, reply) => {
  const { id } = request.params
  const { body } = request.body
  const [comment] = await inTransaction(async (client) => {
    const written = await ask(client, { name: 'comment', text: commentInsert, values: [id, nextMember()] })
    await ask(client, { name: 'version', text: versionInsert, values: [written[0].id, body] })
    await ask(client, { name: 'counted', text: counted, values: [id] })
    return written
  })
  return reply.code(201).send(comment)
})

server.put<Id & { Body: { value: number } }>('/api/v1/posts/:id/vote', async (request, reply) => {
  const { id } = request.params
  const { value } = request.body
  await inTransaction(async (client) => {
    const written = await ask(client, { name: 'vote', text: voteInsert, values: [id, nextMember(), value] })
    if (written.length > 0) await ask(client, { name: 'voted', text: voted, values: [id, value] })
  })
  return reply.code(200).send({})
})

let count = 0
const nextMember = () => 1 + (count++ % 200)

async function inTransaction<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    const result = await work(client)
    await client.query('commit')
    return result
  } finally {
    client.release()
  }
}

process.once('message', async (connectionString: string) => {
  pool = new pg.Pool({ connectionString })
  process.send?.(await server.listen({ port: 0, host: '127.0.0.1' }))
})
