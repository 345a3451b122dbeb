import { convertHangulToQwerty, convertQwertyToHangul } from 'es-hangul'

/**
 * What was meant when the keyboard stood on the other language: `dkssud` is 안녕, `ㅗ디ㅣㅐ` is hello. null when the
 * text is no such thing: Korean that is left with loose letters was never meant.
 */
export function otherLayout(typed: string): string | null {
  const text = typed.trim().normalize('NFC')
  if (text.length === 0 || text.length > 60) return null
  if (/^[A-Za-z\s]+$/.test(text)) {
    const korean = typedInKorean(text)
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
