/** What the server sends to the painter, and what comes back. Both sides know nothing else of each other. */
export type PaintJob = {
  id: number
  /** Path of the PNG to write. */
  target: string
  texts: CardTexts
}

/** `fonts`: the folder for the pieces of the typeface. */
export type UnpackJob = { id: number; fonts: string }

/** The texts of a picture that stands beside a link; any of them may be empty, and of any length. */
export type CardTexts = { above: string; title: string; below: string; site: string }

export const cardSize = { width: 1200, height: 630 } as const

/** All pieces of the typeface carry the name of its first weight. */
export const family = 'Noto Sans KR Thin'
