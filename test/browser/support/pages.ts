import { paths } from '#paths.ts'
import type { Scene } from './scene.ts'

export type Who = 'guest' | 'member' | 'moderator' | 'administrator'

/** The pages that checks of every page visit, as somebody who has the most to see there. */
export function mainPages({ long, question, garden, miro }: Scene): { path: string; as: Who }[] {
  return [
    { path: paths.home(), as: 'guest' },
    { path: paths.board(garden.slug, { sort: 'top', period: 'all' }), as: 'member' },
    { path: paths.post(long), as: 'guest' },
    { path: paths.post(question), as: 'moderator' },
    { path: paths.searchPage({ q: '배추 after:2020', board: garden.slug }), as: 'guest' },
    { path: paths.write(garden.slug), as: 'member' },
    { path: paths.history({ kind: 'post', id: long.id }), as: 'guest' },
    { path: paths.settings(), as: 'member' },
    { path: paths.queue(), as: 'moderator' },
    { path: paths.notifications(), as: 'member' },
    { path: paths.settingsPart('notifications'), as: 'member' },
    { path: paths.follows(), as: 'member' },
    { path: paths.boards(), as: 'guest' },
    { path: paths.member(miro.name), as: 'moderator' },
    { path: paths.signUp(), as: 'guest' },
    { path: paths.postPart(long.id, 'report'), as: 'member' },
    { path: paths.drafts(), as: 'member' },
    { path: paths.postPart(long.id, 'move'), as: 'moderator' },
    { path: paths.admin(), as: 'administrator' },
    { path: paths.adminPart('boards'), as: 'administrator' },
    { path: paths.adminBoard(garden.slug), as: 'administrator' },
    { path: paths.adminBoard(garden.slug, 'delete'), as: 'administrator' },
    { path: paths.adminPart('about'), as: 'administrator' },
    { path: paths.adminText('rules'), as: 'administrator' },
    { path: paths.adminMembers(), as: 'administrator' },
    { path: paths.trending(), as: 'guest' },
    { path: paths.postPart(long.id, 'stats'), as: 'moderator' },
    { path: paths.postPart(long.id, 'share'), as: 'guest' },
    { path: paths.adminPart('trending'), as: 'administrator' },
    { path: '/p/999999', as: 'guest' },
  ]
}
