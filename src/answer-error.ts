import type { FastifyReply, FastifyRequest } from 'fastify'
import { errorPage } from '#modules/pages/views/errors.ts'
import { paths } from '#paths.ts'
import {
  NotFound,
  Refusal,
  TooMany,
  Unauthenticated,
  Unavailable,
  violatedConstraint,
  WrongMethod,
} from '#platform/errors.ts'
import { toRefusal } from '#platform/http/problems.ts'
import { readAway } from '#platform/http/read-away.ts'
import { problemOf, refusalText, wrongFields } from '#ui/answers.ts'
import { typedIn, type Web } from '#ui/web.ts'
import { languages } from '#words/words.ts'

type Failure = { error: unknown; request: FastifyRequest; reply: FastifyReply }

/** The one map from errors to answers: a problem document for programs, a page for people. */
export async function answerError(web: Web, { error, request, reply }: Failure): Promise<FastifyReply> {
  const refusal = toRefusal(error) ?? boardGone(error)
  if (!refusal || refusal instanceof Unavailable)
    request.log.error({ err: error, requestId: request.id }, 'request failed')
  const shown: Refusal = refusal ?? new InternalFault('internal')
  if (shown.code === 'too-large') await readAway(request, reply)
  reply.code(shown.status).header('cache-control', 'no-store')
  if (shown instanceof TooMany) reply.header('retry-after', shown.retryAfter)
  if (shown instanceof Unavailable) reply.header('retry-after', 5)
  if (shown.code === 'bad-encoding') reply.header('accept-encoding', 'identity')
  if (shown instanceof WrongMethod) reply.header('allow', shown.allowed.join(', '))
  const answer = { shown, request, reply }
  return request.url.startsWith('/api/') ? answerProgram(web, answer) : answerReader(web, answer)
}

type Answer = { shown: Refusal; request: FastifyRequest; reply: FastifyReply }

async function answerProgram(web: Web, { shown, request, reply }: Answer): Promise<FastifyReply> {
  if (shown instanceof Unauthenticated) reply.header('www-authenticate', shown.challenge)
  // Who they are is known by now, unless it was too much even to ask.
  const reader = shown instanceof Unavailable ? null : await web.viewer(request).catch(() => null)
  // Scripts of our pages show it in them. Programs with a token ask for the language of whoever sits before them.
  const language = web.language(request, request.headers.authorization === undefined ? reader : null)
  return reply
    .type('application/problem+json')
    .header('content-language', language)
    .serializer((body: unknown) => JSON.stringify(body))
    .send(problemOf(languages[language], shown, { requestId: request.id, zone: web.timeZone(reader) }))
}

async function answerReader(web: Web, { shown, request, reply }: Answer): Promise<FastifyReply> {
  // Whoever asks for a page of members comes back to it from there.
  if (shown.code === 'not-signed-in' && request.method !== 'POST')
    return reply.redirect(paths.signIn(request.url.slice(0, 500)), 303)
  // The reader's own settings, unless asking for them is what failed.
  const viewer = await web.viewer(request).catch(() => null)
  const page = await web.pageFor(request, viewer).catch(() => web.barePage(request))
  const message = refusalText(page.words, shown, page.timeZone)
  const wrong = wrongFields(page.words, shown)
  const { title = '', body: written } = typedIn(request)
  const isAsked = request.method === 'GET'
  const about = { status: shown.status, message, wrong, requestId: request.id, title, written, isAsked }
  return web.show(reply, page, { title: message, body: errorPage(page, about), robots: 'noindex' })
}

/** Whatever is written about a board may come when it was deleted since it was found. */
function boardGone(error: unknown): Refusal | null {
  return violatedConstraint(error)?.endsWith('_board_id_fkey') ? new NotFound() : null
}

class InternalFault extends Refusal {
  override readonly name = 'InternalFault'
  readonly status = 500
}
