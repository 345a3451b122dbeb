/** An answer of the JSON API. Status 0: the server was not reached. */
export type Answer = { status: number; body: unknown }

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** Calls the API with the page's cookie; never throws. */
export async function callApi(
  method: Method,
  path: string,
  options: { body?: unknown; signal?: AbortSignal; keepalive?: boolean } = {},
): Promise<Answer> {
  const { body, signal, keepalive = false } = options
  try {
    const response = await fetch(`/api/v1${path}`, {
      method,
      keepalive,
      signal: signal ?? AbortSignal.timeout(15_000),
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const isJson = response.headers.get('content-type')?.includes('json') ?? false
    return { status: response.status, body: isJson ? await response.json() : null }
  } catch {
    return { status: 0, body: null }
  }
}

/** A property of an answer, undefined when the answer is no object or has none. */
export function property(body: unknown, name: string): unknown {
  if (typeof body !== 'object' || body === null) return undefined
  return Object.entries(body).find(([key]) => key === name)?.[1]
}

/** What a refusal says to the reader, else the given text. */
export function messageOf(answer: Answer, otherwise: string): string {
  const errors = property(answer.body, 'errors')
  // That something is wrong says less than what is.
  const [first]: unknown[] = Array.isArray(errors) ? errors : []
  const text = property(first, 'message') ?? property(answer.body, 'title') ?? property(answer.body, 'detail')
  return typeof text === 'string' && text !== '' ? text : otherwise
}
