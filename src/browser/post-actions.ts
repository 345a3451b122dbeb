/** A form of the pages that the API can do without leaving the page. */
export type PageAct = { api: string; kind: 'vote' | 'bookmark' | 'follow' }

const followed = { b: 'boards', p: 'posts', t: 'tags', m: 'members' }

/** The API's address for a form's action: `/p/7/vote` is `/posts/7/vote`. Null for other forms. */
export function pageAct(action: string): PageAct | null {
  const [, kind, name] = /^\/([bptm])\/([^/]+)\/follow$/.exec(action) ?? []
  if (kind === 'b' || kind === 'p' || kind === 't' || kind === 'm')
    return { api: `/${followed[kind]}/${name}/follow`, kind: 'follow' }
  const [, place, id, part] = /^\/(p|c)\/(\d+)\/(vote|bookmark)$/.exec(action) ?? []
  if (place === undefined || id === undefined) return null
  if (part === 'vote') return { api: `/${place === 'p' ? 'posts' : 'comments'}/${id}/vote`, kind: 'vote' }
  return place === 'p' ? { api: `/posts/${id}/bookmark`, kind: 'bookmark' } : null
}

export type VoteState = { votes: number; mine: number }

/** The votes as they will be once `wanted` (-1, 0 or 1) counts: shown before the server answers. */
export function withVote(state: VoteState, wanted: number): VoteState {
  return { votes: state.votes - state.mine + wanted, mine: wanted }
}
