/** Korean particles that follow the sound of the word before them. */

const digits = [true, true, false, true, false, false, true, true, true, false] // 영 일 이 삼 사 오 육 칠 팔 구
/** Letters whose Korean names end in a consonant: 엘 엠 엔 알; so end abbreviations and single letters. */
const spelledWithConsonant = /(?:^|[^A-Za-z])[lmnr]$|[LMNR]$/
/** Latin words as Koreans mostly write them: Madang 마당, Google 구글, Chrome 크롬, internet 인터넷, but GitHub 깃허브. */
const soundsWithConsonant = /[a-z](?:[lmn]e?|ng|(?<![aeiou])[aeiou](?:ck|[ptk])|ook)$/i

type Pair = '이/가' | '을/를' | '은/는' | '과/와' | '으로/로' | '이에요/예요'

/** Final consonant of the last sound: 0 none, 8 ㄹ, another number any other. */
function finalOf(word: string): number {
  const text = word.replace(/[\s)\]"'’”」』>]+$/u, '').slice(-20)
  const last = text.at(-1) ?? ''
  const code = last.charCodeAt(0)
  if (code >= 0xac00 && code <= 0xd7a3) return (code - 0xac00) % 28
  if (last >= '0' && last <= '9') return digits[Number(last)] ? (/[178]/.test(last) ? 8 : 1) : 0
  if (spelledWithConsonant.test(text)) return /[lr]$/i.test(text) ? 8 : 1
  if (soundsWithConsonant.test(text)) return /le?$/i.test(text) ? 8 : 1
  return 0
}

/** The word with the particle that fits its last sound: `particle('글', '을/를')` is 글을. */
export function particle(word: string, pair: Pair): string {
  const [afterConsonant = '', afterVowel = ''] = pair.split('/')
  const final = finalOf(word)
  const vowel = pair === '으로/로' ? final === 0 || final === 8 : final === 0
  return word + (vowel ? afterVowel : afterConsonant)
}

/** The name with 님; some have it already: 하늘 님, 이장님. */
export function nim(name: string): string {
  return name.endsWith('님') ? name : `${name} 님`
}
