import { paths } from '#paths.ts'
import type { Db } from '#platform/database.ts'
import { plainText } from '#platform/markdown.ts'
import { eventTypes } from './events.ts'
import { commentFacts, deletedComment, deletedPost, memberFacts, postFacts, reportFacts } from './queries.ts'

/** Characters of a text that is told. */
const excerptLength = 300

export type Told = {
  event: string
  subjectId: number | null
  happenedAt: Date
  deliveryId: number
  /** Whether boards that not everyone may read are told of, too. */
  private: boolean
  /** The site's address, for links. */
  origin: string
}

/**
 * The text of a delivery, of what stands there now: what was deleted or hidden since is told no more, in a repeated
 * delivery neither. @returns null when there is nothing to tell
 */
export async function textOf(db: Db, told: Told): Promise<string | null> {
  const subject = await subjectOf(db, told)
  if (!subject) return null
  const { deliveryId, event, happenedAt } = told
  return JSON.stringify({ id: deliveryId, event, at: happenedAt.toISOString(), ...subject })
}

type Subject = Record<string, unknown>

async function subjectOf(db: Db, told: Told): Promise<Subject | null> {
  const { subjectId, origin } = told
  const levels = told.private ? ['everyone', 'members', 'moderators'] : ['everyone']
  const event = eventTypes.find((type) => type === told.event)
  if (!event) return { site: origin }
  if (subjectId === null) return null
  switch (event) {
    case 'post.published':
    case 'post.edited':
    case 'post.restored':
      return tellPost(db, { id: subjectId, levels, origin })
    case 'comment.written':
    case 'comment.edited':
    case 'comment.restored':
      return tellComment(db, { id: subjectId, levels, origin })
    case 'post.deleted': {
      const id = await deletedPost(db, subjectId, levels)
      return id === null ? null : { post: { id } }
    }
    case 'comment.deleted': {
      const comment = await deletedComment(db, subjectId, levels)
      return comment && { comment: { id: comment.id, post: { id: comment.postId } } }
    }
    case 'report.opened':
      return tellReport(db, { id: subjectId, levels, origin })
    case 'member.joined': {
      const member = await memberFacts(db, subjectId)
      return member && { member: { ...member, url: origin + paths.member(member.name) } }
    }
  }
}

type Asked = { id: number; levels: readonly string[]; origin: string }

function person(of: { authorId: number; authorName: string | null }): Subject | null {
  return of.authorName === null ? null : { id: of.authorId, name: of.authorName }
}

async function tellPost(db: Db, { id, levels, origin }: Asked): Promise<Subject | null> {
  const post = await postFacts(db, id, levels)
  if (!post) return null
  const { title, kind, tags } = post
  return {
    post: {
      id,
      title,
      kind,
      tags,
      excerpt: plainText(post.body, excerptLength),
      url: origin + paths.post(post),
      board: { slug: post.slug, name: post.boardName },
      author: person(post),
    },
  }
}

async function tellComment(db: Db, { id, levels, origin }: Asked): Promise<Subject | null> {
  const comment = await commentFacts(db, id, levels)
  if (!comment) return null
  const { postId, title, parentId, isAnswer } = comment
  return {
    comment: {
      id,
      parent: parentId,
      answer: isAnswer,
      excerpt: plainText(comment.body, excerptLength),
      url: origin + paths.comment(id),
      post: { id: postId, title, url: origin + paths.post({ id: postId, title }) },
      board: { slug: comment.slug, name: comment.boardName },
      author: person(comment),
    },
  }
}

async function tellReport(db: Db, { id, levels, origin }: Asked): Promise<Subject | null> {
  const report = await reportFacts(db, id, levels)
  if (!report) return null
  const { postId, commentId, title } = report
  const about = commentId === null ? paths.post({ id: postId, title }) : paths.comment(commentId)
  return {
    report: {
      id,
      url: origin + paths.report(id),
      about: { kind: commentId === null ? 'post' : 'comment', id: commentId ?? postId, url: origin + about },
    },
  }
}
