import { convertHangulToQwerty, convertQwertyToHangul } from 'es-hangul'

/**
 * What was meant when the keyboard stood on the other language: `dkssud` is 안녕, `ㅗ디ㅣㅐ` is hello. null when the
 * text is no such thing: Korean that is left with loose letters was never meant.
 */
export function otherLayout(typed: string): string | null {
  const text = typed.trim().normalize('NFC')
  if (text.length === 0 || text.length > 60) return null
  if (/^[A-Za-z\s]+$/.test(text)) {
    // Capitals alone are those of the lock: as shifted letters they would be other Korean ones. Few of them are a name (GPT).
    const isLocked = text.length > 1 && text === text.toUpperCase()
    const korean = typedInKorean(isLocked ? text.toLowerCase() : text)
    if (isLocked && korean.length < 2) return null
    return /[\uac00-\ud7a3]/.test(korean) && /^[\uac00-\ud7a3\s]+$/.test(korean) ? korean : null
  }
  // Loose letters inside words: nobody writes Korean so, but for laughter.
  if (
    /^[\uac00-\ud7a3\u3131-\u314e\u314f-\u3163\s]+$/.test(text) &&
    /[\u314f-\u3163]|[\uac00-\ud7a3][\u3131-\u314e]|[\u3131-\u314e][\uac00-\ud7a3]/.test(text)
  ) {
    const latin = convertHangulToQwerty(text).toLowerCase()
    return /^[a-z\s]+$/.test(latin) ? latin : null
  }
  return null
}

/** Empty for letters that make no Korean: the library throws at some of them ("how" is such a word). */
function typedInKorean(latin: string): string {
  try {
    return convertQwertyToHangul(latin).normalize('NFC')
  } catch {
    return ''
  }
}

/** A word by itself: no name or value of an operator. */
const word = /(?<![\p{L}\p{N}@#:])(?:[A-Za-z]+|[\uac00-\ud7a3\u3131-\u3163]+)(?![\p{L}\p{N}:])/gu
const mostWords = 4

/** What was typed with those words on the other layout that are not known as they stand; null when there is none. */
export async function retypeWords(
  typed: string,
  isKnown: (word: string) => Promise<boolean>,
): Promise<string | null> {
  let text = typed.normalize('NFC').slice(0, 400)
  const words = [...text.matchAll(word)]
  let retyped = 0
  for (const { 0: one, index } of words.length > mostWords ? [] : words.toReversed()) {
    const meant = otherLayout(one)
    if (meant === null || (words.length > 1 && (await isKnown(one)))) continue
    text = text.slice(0, index) + meant + text.slice(index + one.length)
    retyped++
  }
  return retyped === 0 ? null : text
}
