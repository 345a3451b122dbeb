import { Unavailable } from './errors.ts'

type Waiting = { key: string; begin: () => void }
export type TurnRules = {
  /** Works at the same time. */
  atOnce: number
  /** Of these for one key at most. */
  perKey?: number
  /** Milliseconds that a work waits for its turn. */
  patience?: number
}

/** Lets few works run at once and the others wait, first come first served; nobody's many keep the others out. */
export class Turns {
  readonly #rules: TurnRules
  readonly #running = new Map<string, number>()
  readonly #waiting: Waiting[] = []
  #count = 0
  constructor(rules: TurnRules) {
    this.#rules = rules
  }

  /** @throws Unavailable when the turn does not come in time */
  async run<T>(work: () => Promise<T>, key = ''): Promise<T> {
    if (this.#isFree(key)) this.#enter(key)
    else await this.#wait(key)
    try {
      return await work()
    } finally {
      this.#count--
      if (this.#of(key) > 1) this.#running.set(key, this.#of(key) - 1)
      else this.#running.delete(key)
      this.#callNext()
    }
  }

  #enter(key: string): void {
    this.#count++
    this.#running.set(key, this.#of(key) + 1)
  }

  #of(key: string): number {
    return this.#running.get(key) ?? 0
  }

  #isFree(key: string): boolean {
    const { atOnce, perKey = atOnce } = this.#rules
    return this.#count < atOnce && this.#of(key) < perKey
  }

  #wait(key: string): Promise<void> {
    const { patience } = this.#rules
    return new Promise((resolve, reject) => {
      const timer = patience === undefined ? undefined : setTimeout(() => leave(), patience)
      const waiting = {
        key,
        begin: () => {
          clearTimeout(timer)
          resolve()
        },
      }
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1)
        reject(new Unavailable('unavailable'))
      }
      this.#waiting.push(waiting)
    })
  }

  #callNext(): void {
    const place = this.#waiting.findIndex(({ key }) => this.#isFree(key))
    const [next] = place < 0 ? [] : this.#waiting.splice(place, 1)
    if (!next) return
    // Its place is taken before it goes on: nobody slips in between.
    this.#enter(next.key)
    next.begin()
  }
}
