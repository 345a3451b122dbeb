/** What the bench's processes say to each other. */
export type Sent = {
  method: 'GET' | 'POST' | 'PUT'
  path: string
  headers: Record<string, string>
  body?: string
}

/** One answer of Madang, for the bare server to repeat byte by byte; `body` in base64, as it went over the wire. */
export type Answer = { path: string; status: number; headers: Record<string, string>; body: string }

/** `rate`: requests per second over all connections; without it as many as are answered. */
export type Load = { url: string; seconds: number; connections: number; requests: Sent[]; rate?: number }
/** Times in milliseconds; `statuses` counts answers by status. */
export type Measured = {
  perSecond: number
  p50: number
  p95: number
  p99: number
  statuses: Record<string, number>
  errors: number
}
