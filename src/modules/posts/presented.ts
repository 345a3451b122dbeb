import { Type } from 'typebox'
import { paths } from '#paths.ts'
import { Id, Instant, nullable } from '#platform/http/shapes.ts'
import type { DeletedPost } from './deleted.ts'
import type { ListedPost, ListedVersion, Author as PostAuthor, Version } from './shapes.ts'
import type { PostToShow } from './show.ts'

/** The posts' JSON: shapes for answers, and the functions that fill them. A row is never sent as it is. */
export const AuthorName = nullable(Type.Object({ id: Id, name: Type.String() }))
/** A writer beside what they wrote, with the address of their picture. */
export const Author = nullable(Type.Object({ id: Id, name: Type.String(), avatar: nullable(Type.String()) }))
const BoardName = Type.Object({ id: Id, slug: Type.String(), name: Type.String() })
const Deleted = Type.Object({ at: Instant, by: AuthorName })
export const Kind = Type.Union([Type.Literal('discussion'), Type.Literal('question')])

const common = {
  id: Id,
  kind: Kind,
  title: Type.String(),
  author: Author,
  board: BoardName,
  tags: Type.Array(Type.String()),
  createdAt: Instant,
  votes: Type.Integer(),
  comments: Type.Integer(),
  answers: Type.Integer(),
  views: Type.Integer(),
  accepted: nullable(Id),
  pinned: Type.Boolean(),
  locked: Type.Boolean(),
}
export const ListedPostShape = Type.Object({
  ...common,
  accepted: Type.Boolean({ description: 'Whether an answer is accepted' }),
  activeAt: Instant,
  picture: nullable(Type.String({ description: 'The address of a small picture from its text' })),
  unread: nullable(Type.Integer({ description: 'Comments since you read it; null when you never did' })),
})
export const PostShape = Type.Object({
  ...common,
  body: Type.String({ description: 'Markdown' }),
  html: Type.String(),
  country: nullable(Type.String({ description: "The asker's country in two letters; null elsewhere" })),
  version: Type.Integer(),
  editedAt: nullable(Instant),
  mine: nullable(Type.Object({ vote: Type.Integer(), bookmarked: Type.Boolean() })),
  deleted: nullable(Deleted),
})
export const DeletedPostShape = Type.Object({
  id: Id,
  title: Type.String(),
  board: BoardName,
  createdAt: Instant,
  deleted: Deleted,
  restorable: Type.Boolean({ description: 'Whether you may bring it back' }),
})
export const ListedVersionShape = Type.Object({
  version: Type.Integer(),
  title: Type.String(),
  by: AuthorName,
  at: Instant,
  note: Type.String(),
})
export const VersionShape = Type.Object({
  version: Type.Integer(),
  title: Type.String(),
  tags: Type.Array(Type.String()),
  body: Type.String(),
  html: Type.String(),
  by: AuthorName,
  at: Instant,
  note: Type.String(),
})

/** `file` names the picture; null: the generated one. */
export function presentAuthor(author: PostAuthor, file: string | null = null) {
  return author && { ...author, avatar: file === null ? null : paths.file(file) }
}

export function presentListed(post: ListedPost) {
  const { createdAt, activeAt, read, avatar, picture = null, ...rest } = post
  return {
    ...rest,
    author: presentAuthor(post.author, avatar),
    picture: picture === null ? null : paths.file(picture, 320),
    createdAt: createdAt.toISOString(),
    activeAt: activeAt.toISOString(),
    unread: read?.newComments ?? null,
  }
}

export function presentPost(post: PostToShow) {
  return {
    id: post.id,
    kind: post.kind,
    title: post.title,
    author: presentAuthor(post.author, post.avatar),
    board: { id: post.board.id, slug: post.board.slug, name: post.board.name },
    tags: post.tags,
    createdAt: post.createdAt.toISOString(),
    editedAt: post.editedAt?.toISOString() ?? null,
    votes: post.votes,
    comments: post.comments,
    answers: post.answers,
    views: post.views,
    accepted: post.acceptedId,
    pinned: post.pin !== null,
    locked: post.lock !== null,
    body: post.body,
    html: post.html,
    country: post.country,
    version: post.version,
    mine: post.mine && { vote: post.mine.vote, bookmarked: post.mine.bookmarked },
    deleted: post.deleted && presentDeletion(post.deleted),
  }
}

const presentDeletion = ({ at, by }: { at: Date; by: PostAuthor }) => ({ at: at.toISOString(), by })

export function presentDeleted({ createdAt, deleted, ...rest }: DeletedPost) {
  return { ...rest, createdAt: createdAt.toISOString(), deleted: presentDeletion(deleted) }
}

export function presentListedVersion(version: ListedVersion) {
  return { ...version, at: version.at.toISOString() }
}

export function presentVersion(version: Version) {
  return { ...version, at: version.at.toISOString() }
}
