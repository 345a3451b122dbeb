import { createHmac, randomBytes } from 'node:crypto'
import { ask, type Db } from '#platform/database.ts'
import { addressKey } from '#platform/http/limits.ts'

/** Agents that say of themselves that no person reads. Browsers, apps and hand-written programs are none of these. */
const robots =
  /(?<!cu)bots?\b|crawl|spider|slurp|scrap[ey]|archiv|preview|facebookexternalhit|yeti\/|daum(oa)?[/ ]|kakaotalk-scrap|monitor|pingdom|uptime|lighthouse|feedfetcher|rss|wget|python-requests|python-urllib|aiohttp|go-http-client|libwww|java\/|apache-httpclient|chatgpt|claude|perplexity|anthropic|openai|bytespider|mediapartners/i

/** Whether a program reads that says so itself. */
export function isRobot(agent: string): boolean {
  return robots.test(agent)
}

/** Where the code of a browser ends and that of its address begins. */
export const browsers = 8_388_608n

export type VisitorCode = {
  /** A member's id, or below zero the code of address and browser. */
  person: string
  /** The code of the address alone: those of its browsers follow below it. */
  address: string
}

/** The codes of somebody for one day. Members keep their id; of guests nothing can be read back without the day's key. */
export function visitorCode(
  key: Uint8Array,
  visitor: { memberId: number | null; address: string; agent: string },
): VisitorCode {
  const network = addressKey(visitor.address)
  const place = createHmac('sha256', key).update(network).digest().readUIntBE(0, 5)
  const address = -(BigInt(place) * browsers)
  if (visitor.memberId !== null) return { person: String(visitor.memberId), address: String(address) }
  const hash = createHmac('sha256', key).update(`${network} ${visitor.agent}`).digest().readUIntBE(0, 3)
  const browser = 1n + (BigInt(hash) % (browsers - 1n))
  return { person: String(address - browser), address: String(address) }
}

/** The key of each day, the same in every process; made by the first that asks. */
export class VisitorKeys {
  readonly #db: Db
  readonly #keys = new Map<string, Promise<Uint8Array>>()
  constructor(db: Db) {
    this.#db = db
  }

  of(day: string): Promise<Uint8Array> {
    const known = this.#keys.get(day)
    if (known) return known
    const asked = this.#ask(day)
    asked.catch(() => this.#keys.delete(day))
    if (this.#keys.size > 3) this.#keys.clear()
    this.#keys.set(day, asked)
    return asked
  }

  async #ask(day: string): Promise<Uint8Array> {
    const find = () =>
      ask<{ key: Uint8Array }>(this.#db, 'select key from visitor_keys where day = $1::date', [day])
    const [found] = await find()
    if (found) return found.key
    await ask(this.#db, 'insert into visitor_keys (day, key) values ($1::date, $2) on conflict do nothing', [
      day,
      randomBytes(32),
    ])
    const [made] = await find()
    if (!made) throw new Error('no key for the day')
    return made.key
  }
}
