import { expect, test } from 'vitest'
import { newsPlace } from './new-posts.ts'
import { pageAct, withVote } from './post-actions.ts'

test('forms for votes, bookmarks and follows have an address in the API, others have none', () => {
  expect(pageAct('/p/7/vote')).toEqual({ api: '/posts/7/vote', kind: 'vote' })
  expect(pageAct('/c/9/vote')).toEqual({ api: '/comments/9/vote', kind: 'vote' })
  expect(pageAct('/p/7/bookmark')).toEqual({ api: '/posts/7/bookmark', kind: 'bookmark' })
  expect(pageAct('/p/7/follow')).toEqual({ api: '/posts/7/follow', kind: 'follow' })
  expect(pageAct('/t/%EB%B3%84/follow')).toEqual({ api: '/tags/%EB%B3%84/follow', kind: 'follow' })
  for (const other of ['/c/9/bookmark', '/c/9/follow', '/p/7/delete', '/p/x/vote', '/p/7/vote/1', '/write'])
    expect(pageAct(other)).toBeNull()
})

test('a vote takes the place of the one before it', () => {
  expect(withVote({ votes: 3, mine: 0 }, 1)).toEqual({ votes: 4, mine: 1 })
  expect(withVote({ votes: 4, mine: 1 }, 0)).toEqual({ votes: 3, mine: 0 })
  expect(withVote({ votes: 4, mine: 1 }, -1)).toEqual({ votes: 2, mine: -1 })
})

test('home and boards count what is new, other lists do not', () => {
  expect(newsPlace('/')).toBe('/news')
  expect(newsPlace('/b/%EC%9D%B4%EC%95%BC%EA%B8%B0')).toBe('/boards/%EC%9D%B4%EC%95%BC%EA%B8%B0/news')
  expect(newsPlace('/t/web')).toBeNull()
})
