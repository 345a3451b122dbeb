import type { DomainEvent } from '#events.ts'

/** What remembered pages and rows can depend on, as tags. */
export const on = {
  /** A post with its text, its thread and its votes. */
  post: (id: number) => `p${id}`,
  /** A post as lists show it: title, author, counts. */
  row: (id: number) => `r${id}`,
  /** What others see of a member. */
  member: (id: number) => `m${id}`,
  /** Which posts there are, where, under which title and tags. */
  posts: 'posts',
  /** Their order by something that changes. */
  order: (sort: string) => `by ${sort}`,
  /** Which comments there are. */
  comments: 'comments',
  /** What the site says about itself. */
  site: 'site',
  /** What a member was told and has not read. */
  bell: (memberId: number) => `b${memberId}`,
  /** The same of everybody: what they were told of came, went, or is not theirs to see any more. */
  bells: 'bells',
} as const

/** What is not true any more after an event: tags, or everything. */
export function staleAfter(event: DomainEvent): readonly string[] | 'everything' {
  switch (event.type) {
    case 'post.published':
    case 'post.changed':
      return [on.posts, on.post(event.postId), on.row(event.postId), on.comments, ...bellsAfter(event)]
    case 'comment.written':
    case 'comment.changed':
      return [
        on.post(event.postId),
        on.row(event.postId),
        on.order('active'),
        on.comments,
        ...bellsAfter(event),
      ]
    case 'vote.cast':
      if (event.commentId !== null) return [on.post(event.postId)]
      return [on.post(event.postId), on.row(event.postId), on.order('hot'), on.order('top')]
    case 'member.changed':
    case 'member.blocked':
      return [on.member(event.memberId)]
    case 'notifications.changed':
      return event.memberIds.map(on.bell)
    case 'room.access':
      return [on.bells]
    case 'room.told':
      return event.what === 'read' ? [on.bell(event.by)] : []
    case 'boards.changed':
    case 'site.changed':
      return 'everything'
    default:
      return []
  }
}

/** What is gone is not counted as unread, and counted again when it is back; on another board others may see it. */
function bellsAfter(event: DomainEvent): string[] {
  const how = 'how' in event ? event.how : null
  return how === 'deleted' || how === 'restored' || how === 'moved' ? [on.bells] : []
}
