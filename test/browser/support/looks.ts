import type { Language } from '#words/words.ts'

/** How a reader sees the site: on which screen, in which language, in which colours. */
export type Look = { name: string; language: Language; width: number; height: number; dark: boolean }

const desk = { width: 1280, height: 900 }
const phone = { width: 390, height: 844 }

/** Each journey runs at a desk and on a phone. The two halves of the journeys swap languages. */
export const looks: readonly [Look, Look] = [
  { name: 'Korean, desk', language: 'ko', ...desk, dark: false },
  { name: 'English, phone, dark', language: 'en', ...phone, dark: true },
]
export const swappedLooks: readonly [Look, Look] = [
  { name: 'English, desk, dark', language: 'en', ...desk, dark: true },
  { name: 'Korean, phone', language: 'ko', ...phone, dark: false },
]

export const isPhone = (look: Look) => look.width < 640
