import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** What the bench asks of its client process, one after the other. */
export type Command =
  | { kind: 'open'; url: string; count: number; tokens: string[]; topics?: (string | null)[] }
  | {
      kind: 'send'
      url: string
      rooms: { id: number; tokens: string[] }[]
      perSecond: number
      seconds: number
      receivers: number
    }
  | { kind: 'poll'; url: string; count: number; tokens: string[]; room: number; after: number }
  | { kind: 'close' }
/** Times in milliseconds from just before the request was written until the frame was read. */
export type Result = {
  opened?: number
  sent?: number
  received?: number
  expected?: number
  failed?: number
  p50?: number
  p99?: number
  longest?: number
}

const sockets: Socket[] = []
let times: number[] = []
let counting = false
let subscribed = 0

const now = () => performance.timeOrigin + performance.now()

/** Reads the time that each message carries, without making objects of frames: the client must not be what is measured. */
function read(data: Buffer): void {
  const arrived = now()
  for (let at = data.indexOf('"body":"t'); at >= 0; at = data.indexOf('"body":"t', at + 9)) {
    const end = data.indexOf('"', at + 9)
    if (end > at && counting) times.push(arrived - Number(data.toString('latin1', at + 9, end)))
  }
}

/** A client's text frame: masked, with a mask of zeros. */
function frame(text: string): Buffer {
  const payload = Buffer.from(text)
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0]), payload])
}

async function openOne(url: URL, token: string, topic: string | null): Promise<void> {
  const socket = connect(Number(url.port), url.hostname)
  socket.on('error', () => {})
  socket.write(
    `GET /api/v1/live HTTP/1.1\r\nhost: ${url.host}\r\nconnection: upgrade\r\nupgrade: websocket\r\n` +
      `sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nauthorization: Bearer ${token}\r\n\r\n`,
  )
  const [answer] = await once(socket, 'data')
  if (!String(answer).startsWith('HTTP/1.1 101')) throw new Error(`refused: ${String(answer).slice(0, 200)}`)
  if (topic !== null) {
    socket.write(frame(JSON.stringify({ subscribe: topic })))
    for (;;) {
      const [told] = await once(socket, 'data')
      if (String(told).includes('"subscribed"')) break
    }
    subscribed++
  }
  socket.on('data', read)
  sockets.push(socket)
}

async function open({ url, count, tokens, topics = [null] }: Command & { kind: 'open' }): Promise<Result> {
  const at = new URL(url)
  let next = 0
  const worker = async () => {
    for (let index = next++; index < count; index = next++)
      await openOne(at, tokens[index % tokens.length] ?? '', topics[index % topics.length] ?? null)
  }
  await Promise.all(Array.from({ length: 50 }, worker))
  return { opened: sockets.length, received: subscribed }
}

/** Connections that send one request after the other; more are opened when all are busy. */
class Sender {
  readonly #url: URL
  readonly #idle: Socket[] = []
  sent = 0
  failed = 0
  waiting = 0
  constructor(url: URL) {
    this.#url = url
  }

  send(room: number, token: string): void {
    const socket = this.#idle.pop() ?? this.#connect()
    const time = now()
    const body = JSON.stringify({ body: `t${time}`, clientId: `${time}-${this.sent++}` })
    this.waiting++
    socket.write(
      `POST /api/v1/chat/rooms/${room}/messages HTTP/1.1\r\nhost: ${this.#url.host}\r\nauthorization: Bearer ${token}\r\n` +
        `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    )
  }

  #connect(): Socket {
    const socket = connect(Number(this.#url.port), this.#url.hostname)
    socket.on('error', () => {})
    socket.on('data', (data) => {
      this.waiting--
      if (!data.toString('latin1', 0, 12).startsWith('HTTP/1.1 201')) this.failed++
      this.#idle.push(socket)
    })
    return socket
  }

  end(): void {
    for (const socket of this.#idle) socket.destroy()
  }
}

async function send({
  url,
  rooms,
  perSecond,
  seconds,
  receivers,
}: Command & { kind: 'send' }): Promise<Result> {
  const sender = new Sender(new URL(url))
  times = []
  counting = true
  const begin = performance.now()
  let done = 0
  while (performance.now() - begin < seconds * 1000) {
    const due = Math.floor(((performance.now() - begin) / 1000) * perSecond)
    for (; done < due; done++) {
      const room = rooms[done % rooms.length]
      const token = room?.tokens[Math.floor(done / rooms.length) % room.tokens.length]
      if (room && token) sender.send(room.id, token)
    }
    await pause(2)
  }
  const expected = sender.sent * receivers
  for (let waited = 0; waited < 10_000 && (times.length < expected || sender.waiting > 0); waited += 50)
    await pause(50)
  counting = false
  sender.end()
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  const { sent, failed } = sender
  return {
    sent,
    failed,
    received: times.length,
    expected,
    p50: at(0.5),
    p99: at(0.99),
    longest: sorted.at(-1) ?? 0,
  }
}

async function poll({ url, count, tokens, room, after }: Command & { kind: 'poll' }): Promise<Result> {
  const at = new URL(url)
  let answered = 0
  for (let index = 0; index < count; index++) {
    const socket = connect(Number(at.port), at.hostname)
    socket.on('error', () => {})
    socket.on('data', () => answered++)
    socket.write(
      `GET /api/v1/chat/rooms/${room}/messages?after=${after}&wait=25 HTTP/1.1\r\nhost: ${at.host}\r\n` +
        `authorization: Bearer ${tokens[index % tokens.length]}\r\n\r\n`,
    )
    sockets.push(socket)
    if (index % 50 === 49) await pause(10)
  }
  await pause(3000)
  return { opened: count, received: answered }
}

function closeAll(): Result {
  for (const socket of sockets.splice(0)) socket.destroy()
  subscribed = 0
  return {}
}

process.on('message', (command: Command) => {
  const work = {
    open: () => open(command as Command & { kind: 'open' }),
    send: () => send(command as Command & { kind: 'send' }),
    poll: () => poll(command as Command & { kind: 'poll' }),
    close: async () => closeAll(),
  }[command.kind]
  work().then(
    (result) => process.send?.(result),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`)
      process.exit(1)
    },
  )
})
