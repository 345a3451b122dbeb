import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { WebSocket } from 'ws'
import type { Server } from '#platform/http/server.ts'

export type Frame = {
  topic?: string
  message?: { number: number; body: string }
  changed?: { number: number; body: string; change: number }
  subscribed?: string
  ended?: string
  error?: string
  [more: string]: unknown
}

/** A client of the live connection, as a program that somebody writes against the contract. */
export type LiveClient = {
  socket: WebSocket
  frames: Frame[]
  send: (frame: unknown) => void
  /** The first frame that fits, waited for. */
  next: (fits: (frame: Frame) => boolean) => Promise<Frame>
  /** Numbers of a room's messages in the order in which they came. */
  numbers: (room: number) => number[]
  /** Resolves with the close code. */
  closed: Promise<number>
  close: () => void
}

export async function listenLocally(server: Server): Promise<string> {
  await server.listen({ host: '127.0.0.1', port: 0 })
  const { port } = server.server.address() as AddressInfo
  return `http://127.0.0.1:${port}`
}

/** Sends a request letter by letter as it is given. @returns all that comes until the server ends the connection */
export async function askRaw(origin: string, text: string): Promise<string> {
  const { hostname, port } = new URL(origin)
  const socket = connect(Number(port), hostname)
  let heard = ''
  socket.on('data', (bytes) => {
    heard += bytes.toString()
  })
  socket.write(text)
  await once(socket, 'close')
  return heard
}

/** Opens a connection; rejects with the status when it is refused. */
export async function connectLive(
  origin: string,
  options: { token?: string; headers?: Record<string, string> } = {},
): Promise<LiveClient> {
  const { token, headers = {} } = options
  const socket = new WebSocket(`${origin.replace(/^http/, 'ws')}/api/v1/live`, {
    headers: { ...headers, ...(token ? { authorization: `Bearer ${token}` } : {}) },
  })
  const frames: Frame[] = []
  const waiting = new Set<() => void>()
  const wake = () => {
    for (const look of waiting) look()
  }
  socket.on('message', (data) => {
    frames.push(JSON.parse(String(data)))
    wake()
  })
  const closed = new Promise<number>((resolve) => socket.once('close', (code) => resolve(code)))
  void closed.then(wake)
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.on('error', () => {})
    socket.once('unexpected-response', (_request, response) => reject(new Error(String(response.statusCode))))
    socket.once('close', () => reject(new Error('closed')))
  })
  const seen = new Set<Frame>()
  const next = (fits: (frame: Frame) => boolean) =>
    new Promise<Frame>((resolve, reject) => {
      const timer = setTimeout(
        () => end(() => reject(new Error(`no such frame in ${JSON.stringify(frames)}`))),
        10_000,
      )
      const end = (settle: () => void) => {
        clearTimeout(timer)
        waiting.delete(look)
        settle()
      }
      const look = () => {
        const found = frames.find((frame) => !seen.has(frame) && fits(frame))
        if (!found) return
        seen.add(found)
        end(() => resolve(found))
      }
      waiting.add(look)
      look()
    })
  return {
    socket,
    frames,
    send: (frame) => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame)),
    next,
    numbers: (room) =>
      frames.flatMap((frame) =>
        frame.topic === `room:${room}` && frame.message ? [frame.message.number] : [],
      ),
    closed,
    close: () => socket.close(),
  }
}
