import type { Author } from '#modules/posts/shapes.ts'

/** `pair`: two people, once; `group`: invited members; `board`: whoever may read the board. */
export type RoomKind = 'pair' | 'group' | 'board'

/** In code points, members, and numbers of messages. */
export const chatLimits = {
  message: 4000,
  name: 60,
  clientId: 64,
  members: 500,
  /** Rooms with more members say nothing of who is there, who types, who has read, and ring no bells one by one. */
  small: 50,
  reactions: 20,
  search: 100,
} as const

/** Messages on one page of a room. */
export const shownAtOnce = 50
/** Rooms on one page of the list. */
export const shownRooms = 30

/** A message as everybody in the room gets it. */
export type Message = {
  number: number
  author: Author
  /** The name of the author's picture. */
  avatar: string | null
  /** '' when deleted. */
  body: string
  html: string
  /** The number of the message that it answers. */
  replyTo: number | null
  /** Ids of the members that it names, and of posts that it links to (each reader asks for what they may see of them). */
  mentions: number[]
  posts: number[]
  reactions: Reaction[]
  version: number
  /** Grows with each change in the room: of two states of a message the one with the larger is newer. */
  change: number
  createdAt: string
  editedAt: string | null
  deleted: boolean
  /** What it tells of somebody who came or went; null of what a member wrote. */
  notice: Notice | null
}

/** Who did it is the message's author. */
export type Notice = { what: 'added' | 'removed' | 'left'; member: Author }

/** A message's first words, without its pictures, and whether it has some. */
export type Preview = { text: string; picture: boolean }

/** `by`: ids of members, the first 50. */
export type Reaction = { emoji: string; count: number; by: number[] }

/** A room as one member finds it. */
export type FoundRoom = {
  id: number
  kind: RoomKind
  name: string
  ownerId: number | null
  lowId: number | null
  highId: number | null
  boardId: number | null
  boardName: string | null
  boardSlug: string | null
  readBy: 'everyone' | 'members' | 'moderators' | null
  writeBy: 'members' | 'moderators' | null
  /** Its board takes nothing new. */
  archived: boolean
  closed: boolean
  lastNumber: number
  lastChange: number
  forgotten: number
  members: number
  /** Whether the viewer stands in its list of members; in a board's room they need not. */
  joined: boolean
  /** They read what came after this. */
  fromNumber: number
  readNumber: number
  muted: boolean
}

/** What comes back of a room's list: `unread` counts what came after the last number read. */
export type ListedRoom = {
  id: number
  kind: RoomKind
  /** Its own, its board's, or '': then the members' names stand for it. */
  name: string
  /** Some of the others, at most five; of a pair the other one. */
  people: { id: number; name: string; avatar: string | null }[]
  members: number
  /** `away`: by somebody whom the reader muted or blocked. */
  last:
    | (Preview & Pick<Message, 'number' | 'author' | 'deleted' | 'notice'> & { at: Date; away: boolean })
    | null
  unread: number
  muted: boolean
  activeAt: Date
}

/** So much came after the last number that they read; never less than nothing. */
export function unreadOf(room: {
  lastNumber: number
  readNumber: number
  fromNumber: number
  forgotten: number
}): number {
  return Math.max(0, room.lastNumber - Math.max(room.readNumber, room.fromNumber, room.forgotten))
}
