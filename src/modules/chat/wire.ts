import { Type } from 'typebox'
import { AuthorName } from '#modules/posts/presented.ts'
import { Id, Instant, nullable } from '#platform/http/shapes.ts'
import { chatLimits, type FoundRoom, type ListedRoom, unreadOf } from './shapes.ts'

/** Shapes of the chat as the API sends them. */

const numbers = { minimum: 0, maximum: 999_999_999_999_999 }
export const Number_ = Type.Integer(numbers)
/** The same in a query. */
export const numberOf = (description: string) => Type.Optional(Type.Integer({ ...numbers, description }))
export const MessageParams = Type.Object({ id: Id, number: Id })

const Notice = nullable(
  Type.Object(
    { what: Type.Enum(['added', 'removed', 'left']), member: AuthorName },
    {
      description:
        'A line that nobody wrote, its `body` empty: the author brought the member into the group, sent them away, or left',
    },
  ),
)

const Avatar = nullable(Type.String({ description: 'Names their picture: `/files/NAME.webp`' }))
export const MessageShape = Type.Object({
  number: Type.Integer({ description: 'Grows by one with each message of the room' }),
  author: AuthorName,
  avatar: Avatar,
  body: Type.String({ description: 'Markdown; empty when deleted' }),
  html: Type.String(),
  replyTo: nullable(Type.Integer()),
  mentions: Type.Array(Id, { description: 'Members of the room that it names' }),
  posts: Type.Array(Id, { description: 'Posts of this site that it links to' }),
  reactions: Type.Array(
    Type.Object({
      emoji: Type.String(),
      count: Type.Integer(),
      by: Type.Array(Id, { description: 'At most 50' }),
    }),
  ),
  version: Type.Integer(),
  change: Type.Integer({ description: 'Of two states of a message the one with the larger is newer' }),
  createdAt: Instant,
  editedAt: nullable(Instant),
  deleted: Type.Boolean(),
  notice: Notice,
})

const Person = Type.Object({ id: Id, name: Type.String(), avatar: Avatar })
const kind = Type.Enum(['pair', 'group', 'board'])

export const ListedRoomShape = Type.Object({
  id: Id,
  kind,
  name: Type.String({ description: 'Empty: called after the people in it' }),
  people: Type.Array(Person, { description: 'Others in the room, at most five' }),
  members: Type.Integer(),
  last: nullable(
    Type.Object({
      number: Type.Integer(),
      author: AuthorName,
      text: Type.String({ description: 'Its first words, without pictures' }),
      picture: Type.Boolean({ description: 'Whether it shows pictures' }),
      at: Instant,
      deleted: Type.Boolean(),
      away: Type.Boolean({ description: 'Whether you muted or blocked its author' }),
      notice: Notice,
    }),
  ),
  unread: Type.Integer(),
  muted: Type.Boolean(),
  activeAt: Instant,
})

export function presentListed({ last, activeAt, ...room }: ListedRoom) {
  return {
    ...room,
    activeAt: activeAt.toISOString(),
    last: last && { ...last, at: last.at.toISOString() },
  }
}

export const RoomShape = Type.Object({
  id: Id,
  kind,
  name: Type.String(),
  owner: nullable(Id),
  board: nullable(Type.String({ description: "The board's slug" })),
  members: Type.Integer(),
  last: Type.Integer({ description: 'The newest number' }),
  change: Type.Integer({ description: 'The newest change' }),
  read: Type.Integer({ description: 'How far you have read' }),
  unread: Type.Integer(),
  muted: Type.Boolean(),
})

export function presentRoom(room: FoundRoom) {
  const { id, kind, members, muted } = room
  return {
    id,
    kind,
    name: room.boardName ?? room.name,
    owner: room.ownerId,
    board: room.boardSlug,
    members,
    muted,
    last: room.lastNumber,
    change: room.lastChange,
    read: Math.max(room.readNumber, room.fromNumber),
    unread: unreadOf(room),
  }
}

export const MemberShape = Type.Object({
  ...Person.properties,
  owner: Type.Boolean(),
  joinedAt: Instant,
  read: nullable(
    Type.Integer({ description: `How far they have read; in rooms of at most ${chatLimits.small}` }),
  ),
})
