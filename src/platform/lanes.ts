import { Socket } from 'node:net'
import pg from 'pg'

type Lane = {
  client: pg.Client
  socket: Socket
  ready: Promise<unknown>
  isReady: boolean
  isHeld: boolean
  waiting: number
}
export type Statement = { name: string; text: string; values: unknown[] }

/**
 * A few connections that many short reads share: each sends its statement without waiting for the one before
 * (pipelining), and PostgreSQL answers in order. That takes half the wake-ups of a pool; and what is asked in one turn
 * of the event loop is sent in one write. Only for reads by key that wait for no lock: a slow statement keeps those
 * behind it waiting.
 */
export class Lanes {
  readonly #config: pg.ClientConfig
  readonly #lanes: (Lane | undefined)[]
  #closed = false

  constructor(config: pg.ClientConfig, size: number) {
    this.#config = config
    this.#lanes = Array.from({ length: size })
  }

  async ask(statement: Statement): Promise<unknown[]> {
    const lane = this.#choose()
    lane.waiting++
    try {
      if (!lane.isReady) await lane.ready
      holdForOthers(lane)
      return (await lane.client.query(statement)).rows
    } finally {
      lane.waiting--
    }
  }

  /** The lane on which the fewest wait; a further one is opened only when all open ones are at work. */
  #choose(): Lane {
    let best: Lane | undefined
    for (const [place, lane] of this.#lanes.entries()) {
      if (!lane) return best?.waiting === 0 ? best : this.#open(place)
      if (!best || lane.waiting < best.waiting) best = lane
    }
    return best ?? this.#open(0)
  }

  #open(place: number): Lane {
    if (this.#closed) throw new Error('the database is closed')
    const socket = new Socket()
    const client = new pg.Client({ ...this.#config, pipeline: true, stream: () => socket })
    const lane = { client, socket, ready: client.connect(), isReady: false, isHeld: false, waiting: 0 }
    // A connection that died, or never came to be, is replaced by the next read.
    const leave = () => {
      if (this.#lanes[place] === lane) this.#lanes[place] = undefined
    }
    client.on('error', leave)
    client.on('end', leave)
    lane.ready.then(() => {
      lane.isReady = true
    }, leave)
    this.#lanes[place] = lane
    return lane
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all(this.#lanes.map((lane) => lane?.client.end().catch(() => {})))
  }
}

/** Keeps what is written back until the end of this turn: a write costs more than a short statement's whole making. */
function holdForOthers(lane: Lane): void {
  if (lane.isHeld) return
  lane.isHeld = true
  lane.socket.cork()
  setImmediate(() => {
    lane.isHeld = false
    lane.socket.uncork()
  })
}
