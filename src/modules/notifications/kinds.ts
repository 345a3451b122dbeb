/** What members are told of. */
export const kinds = [
  'answer',
  'reply',
  'comment',
  'mention',
  'accepted',
  'vote',
  'follow',
  'chat',
  'moderation',
] as const
export type Kind = (typeof kinds)[number]

/** When mails go: at once means within a few minutes, so that several are one mail. */
export const mailTimes = ['never', 'now', 'daily', 'weekly'] as const
export type MailTime = (typeof mailTimes)[number]

/** The ways to one member for one kind. */
export type Ways = { page: boolean; mail: MailTime; push: boolean }

/** Before somebody chose: what asks for an answer comes by mail, the rest waits in the page. */
export const defaults: Record<Kind, Ways> = {
  answer: { page: true, mail: 'now', push: true },
  reply: { page: true, mail: 'never', push: true },
  comment: { page: true, mail: 'never', push: false },
  mention: { page: true, mail: 'now', push: true },
  accepted: { page: true, mail: 'never', push: true },
  vote: { page: true, mail: 'never', push: false },
  follow: { page: true, mail: 'never', push: false },
  chat: { page: true, mail: 'never', push: true },
  moderation: { page: true, mail: 'never', push: false },
}

/** What a moderator's act came to, or what a followed post was found by. */
export const outcomes = ['removed', 'report-removed', 'report-dismissed', 'approved', 'blocked'] as const
export const sources = ['member', 'tag', 'board', 'post'] as const
export type What = (typeof outcomes)[number] | (typeof sources)[number] | ''

export function isKind(text: unknown): text is Kind {
  return kinds.some((kind) => kind === text)
}

export function isMailTime(text: unknown): text is MailTime {
  return mailTimes.some((time) => time === text)
}
