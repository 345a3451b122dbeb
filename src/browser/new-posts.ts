import type { ScriptWords } from '#ui/script-words.ts'
import { callApi, property } from './api.ts'
import { element } from './dialog.ts'
import { fill } from './words.ts'

/** Milliseconds: between looks when nothing is told, and within which many readers look. */
const pause = 60_000
const spread = 3000

/**
 * `<new-posts data-since="ISO">` stands above a list and says how many posts came since; the list itself
 * never moves. Asks when it is told of one and, for where that does not get through, once a minute while the page is seen.
 */
export function defineNewPosts(words: ScriptWords): void {
  class NewPosts extends HTMLElement {
    #timer: ReturnType<typeof setInterval> | undefined
    readonly #onShow = () => {
      if (document.visibilityState === 'visible') void this.#look()
    }

    #unfollow: (() => void) | undefined

    connectedCallback(): void {
      this.#timer = setInterval(this.#onShow, pause)
      // Told of a post, it asks how many there are for this very list; not all readers in the same moment.
      void import('./live.ts').then(({ chance, follow }) => {
        const soon = () => setTimeout(this.#onShow, 500 + chance() * spread)
        if (this.isConnected) this.#unfollow = follow({ topic: 'posts', hear: soon })
      })
      document.addEventListener('visibilitychange', this.#onShow)
    }

    disconnectedCallback(): void {
      clearInterval(this.#timer)
      this.#unfollow?.()
      document.removeEventListener('visibilitychange', this.#onShow)
    }

    async #look(): Promise<void> {
      const { since } = this.dataset
      const place = newsPlace(location.pathname)
      if (since === undefined || place === null) return
      const answer = await callApi('GET', `${place}?since=${encodeURIComponent(since)}`)
      const count = property(answer.body, 'count')
      if (answer.status === 200 && typeof count === 'number' && count > 0) this.#show(count)
    }

    #show(count: number): void {
      const link = this.querySelector('a') ?? element('a', '', 'new-posts')
      link.href = location.pathname
      link.textContent = fill(words.keys.newPosts, count)
      this.setAttribute('role', 'status')
      if (!link.isConnected) this.append(link)
    }
  }
  customElements.define('new-posts', NewPosts)
}

/** Where the API counts what is new for a list: home or a board; other lists have no such count. */
export function newsPlace(path: string): string | null {
  if (path === '/') return '/news'
  const [, board] = /^\/b\/([^/]+)$/.exec(path) ?? []
  return board === undefined ? null : `/boards/${board}/news`
}
