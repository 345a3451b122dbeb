import { en } from './en.ts'
import { ko } from './ko.ts'

/** What a catalogue holds: texts, and functions for texts with values in them. Korean is the measure, others must match it. */
export type Words = typeof ko

/** The catalogues by the code of their language: one with its file and its line here is offered everywhere. */
export const languages = { ko, en } satisfies Record<string, Words>
export type Language = keyof typeof languages

export function isLanguage(value: unknown): value is Language {
  return typeof value === 'string' && Object.hasOwn(languages, value)
}

export const languageCodes: readonly Language[] = Object.keys(languages).filter(isLanguage)
/** As readers choose among them: each by its own name. */
export const languageChoices = languageCodes.map((value) => ({
  value,
  label: languages[value].language.name,
}))

/** Browsers send few different headers, each with every request. */
const understood = new Map<string, Language | null>()

/** The first language of an Accept-Language header that we have, by quality; null when there is none. */
export function acceptedLanguage(header: string | undefined): Language | null {
  if (!header || header.length > 500) return null
  const known = understood.get(header)
  if (known !== undefined) return known
  if (understood.size >= 1000) understood.clear()
  const language = firstKnown(header)
  understood.set(header, language)
  return language
}

function firstKnown(header: string): Language | null {
  const wishes = header.split(',').map((part) => {
    const [range = '', ...parameters] = part.trim().toLowerCase().split(';')
    const quality = parameters.map((p) => /^\s*q=([\d.]+)$/.exec(p)?.[1]).find(Boolean)
    return { tag: range.split('-')[0], quality: quality === undefined ? 1 : Number(quality) }
  })
  wishes.sort((a, b) => b.quality - a.quality)
  for (const { tag, quality } of wishes) if (quality > 0 && isLanguage(tag)) return tag
  return null
}
