import { shortened } from '#platform/excerpt.ts'
import { isLanguage, type Language, languages, type Words } from '#words/words.ts'
import type { Notification } from './list.ts'

type Sentences = Words['notifications']['texts']

/** A notification in one sentence, for pages, mails and pushed messages alike. */
export function sentenceOf(words: Words, notification: Notification): string {
  const { actor, post, board, tag, count, names, people } = notification
  const known = names.length > 0 || actor === null ? names : [actor.name]
  const others = names.length > 0 ? people - names.length : 0
  const facts = {
    name: known.length > 0 ? words.notifications.people({ names: known, others }) : words.post.gone,
    people,
    // What was done stands behind the title, and locked screens show two lines.
    title: shortened(post?.title ?? '', 60),
    place: tag === null ? (board?.name ?? '') : `#${tag}`,
    count,
  }
  const text = words.notifications.texts[nameOf(notification)]
  return typeof text === 'string' ? text : text(facts)
}

function nameOf(notification: Notification): keyof Sentences {
  const { kind, commentId, actor } = notification
  const known = notification.names.length > 0
  const several = notification.count > 1 || actor === null
  switch (kind) {
    case 'answer':
      return known ? 'answersBy' : several ? 'answers' : 'answer'
    case 'reply':
      return known ? 'repliesBy' : several ? 'replies' : 'reply'
    case 'comment':
      return known ? 'commentsBy' : several ? 'comments' : 'comment'
    case 'mention':
    case 'accepted':
      return kind
    case 'vote':
      if (commentId !== null) return several && !known ? 'commentVotes' : 'commentVote'
      return several && !known ? 'votes' : 'vote'
    case 'chat':
      return several ? 'messages' : 'message'
    case 'follow':
      return followed(notification)
    case 'moderation':
      return decided(notification)
  }
}

function followed({ what, count, post, names }: Notification): keyof Sentences {
  const several = count > 1 || post === null
  if (what === 'post' && names.length > 0) return 'threadCommentsBy'
  if (what === 'post') return several ? 'threadComments' : 'threadComment'
  if (what === 'member') return several ? 'memberPosts' : 'memberPost'
  return several ? 'placePosts' : 'placePost'
}

function decided({ what, count, commentId }: Notification): keyof Sentences {
  switch (what) {
    case 'report-removed':
      return 'reportRemoved'
    case 'report-dismissed':
      return 'reportDismissed'
    case 'removed':
      if (count > 1) return 'removedMany'
      return commentId === null ? 'removed' : 'removedComment'
    case 'blocked':
      return 'blocked'
    default:
      return 'approved'
  }
}

/** The member's own language, else the site's. */
export function wordsFor(language: string | null, site: Language): { words: Words; language: Language } {
  const known = isLanguage(language) ? language : site
  return { words: languages[known], language: known }
}
