/** Offers tags that are in use while one is typed into a post's list of them. */
import { callApi, property } from './api.ts'
import { complete } from './mentions.ts'
import { findTag } from './tag-token.ts'
import { fill } from './words.ts'

const place = document.querySelector<HTMLElement>('[data-tags]')
const field = document.querySelector<HTMLInputElement>('.write-form input[name=tags]')

if (place && field) {
  const { label = '', found = '', one = '', many = '', more = '' } = place.dataset
  complete(field, {
    words: { label, found },
    token: findTag,
    find: async (prefix) =>
      (await callApi('GET', `/tags?prefix=${encodeURIComponent(prefix.slice(0, 60))}`)).body,
    insert: (name) => `${name}, `,
    first: -1,
    note: (item) => {
      const posts = property(item, 'posts')
      if (typeof posts !== 'number') return ''
      return posts >= 100 ? more : fill({ one, many }, posts)
    },
  })
}
