import { property } from './api.ts'

export type Outgoing = { text: string; clientId: string; replyTo: number | null }
/** What stands in a room's field, and what was sent and is not there yet. */
export type Unsent = { text: string; waiting: readonly Outgoing[] }

/**
 * What was written into a room and is not in it, kept for as long as the window is there: another room, a reload or a phone
 * that puts the page away cost nothing. It may be sent again without harm: a message names itself.
 */
export class RoomKeep {
  readonly #key: string
  /** `room`: as its page names it, `own`: the member's number, so that nobody meets what another one wrote. */
  constructor({ own, room }: { own: string; room: string }) {
    this.#key = `madang-room:${own}:${room}`
  }

  read(): Unsent {
    try {
      const kept: unknown = JSON.parse(sessionStorage.getItem(this.#key) ?? 'null')
      const [text, waiting] = [property(kept, 'text'), property(kept, 'waiting')]
      return {
        text: typeof text === 'string' ? text : '',
        waiting: Array.isArray(waiting) ? waiting.filter(isOutgoing) : [],
      }
    } catch {
      return { text: '', waiting: [] }
    }
  }

  write(unsent: Unsent): void {
    try {
      if (unsent.text === '' && unsent.waiting.length === 0) sessionStorage.removeItem(this.#key)
      else sessionStorage.setItem(this.#key, JSON.stringify(unsent))
    } catch {
      // A full or forbidden store costs the copy, not the room.
    }
  }
}

function isOutgoing(value: unknown): value is Outgoing {
  const replyTo = property(value, 'replyTo')
  const isText = typeof property(value, 'text') === 'string'
  return (
    isText && typeof property(value, 'clientId') === 'string' && (replyTo === null || Number(replyTo) > 0)
  )
}
