import type { Viewer } from '#modules/accounts/viewer.ts'
import type { TextName } from '#modules/site/texts.ts'
import type { Language, Words } from '#words/words.ts'

/** What every view knows about the reader and the site; made once per request. */
export type Page = {
  words: Words
  language: Language
  viewer: Viewer | null
  /** Shown to whoever is there, a guest or a member: it offers neither's own. */
  isAnyones?: boolean
  theme: 'system' | 'light' | 'dark'
  site: {
    name: string
    /** What it is for; empty where nobody said it. */
    description?: string
    /** The name of a stored file; null: our own mark. */
    logo?: string | null
    /** The texts that are published: rules, terms, privacy, contact. */
    texts?: readonly TextName[]
    safeMode?: boolean
    /** The site's own address, for links that leave it; without it machines are told nothing. */
    origin?: string
    /** Whether search engines may show its pages. */
    searchable?: boolean
    /** Whether who has no invitation may sign up, at once or after approval. */
    joinable?: boolean
  }
  /** The zone whose clock this reader goes by: their own, else the site's. */
  timeZone: string
  /** Path and query of this page, for the way back after signing in and for the language switch. */
  here: string
  /** Now, from the request's clock. */
  now: Date
  /** Open reports, shown to moderators in the top bar; null for everybody else. */
  openReports: number | null
  /** Unread notifications of the reader; null for guests. */
  unread: number | null
  /** Whether messages of the chat are among them. */
  freshChat: boolean
}

/** What a form shows again after a refusal: the values typed and the words beside each field. */
export type FormState = { values: Record<string, string>; errors: Record<string, string>; message?: string }
