/**
 * Korean verbs and adjectives by their form: what is conjugated is no keyword. There is no dictionary behind it, but how
 * stems take endings (한글 맞춤법, 제15-18항, 제32-40항), own lists of frequent stems and of endings, and what final
 * consonants tell. Where a form may be a noun as well, it is taken for one.
 */

/** Of these finals no noun is made but by a verb inside it: ㅆ ㄶ ㅀ ㄵ ㄾ ㄿ ㅎ ("있어", "많은", "앉아", "좋고"). */
const verbal: ReadonlySet<number> = new Set([20, 6, 15, 5, 13, 14, 27])
const finalOf = (syllable: string) => (syllable.charCodeAt(0) - 0xac00) % 28
const isSyllable = (text: string) => text >= '가' && text <= '힣'
/** An open syllable with a final consonant: 가, ㄴ (4) is 간. */
const closed = (syllable: string, final: number) => String.fromCharCode(syllable.charCodeAt(0) + final)

/** What closes an open stem: ㄴ, ㄹ, ㅂ and what goes on behind them. */
const afterFinal: readonly [number, string][] = [
  [4, '|데|데도|지|다|다고|다는|다면|다며|만큼'],
  [8, '|까|까요|게|게요|걸|지|지도|수록|때|거|것|만한|만하네|만하다'],
  [17, '니다|니까|시다'],
]
/** On every stem. */
const plain =
  '고|고는|고도|고서|고싶은|고싶다|고있는|게|게도|지|지는|지도|지만|는|는데|는데도|는지|던|던데|네|네요|냐|나요|군요|거나|거든|도록|든지|자|자마자|기에|길래|더니|더라|겠다|다|다가|다는|다고|다면|다며'
/** On stems that end open, and with ㄹ; the others have 으 before them. */
const open = '면|면서|면서도|며|니|니까|려고|려면|려는|러|므로|시는|시고|시길|시면|세요|십시오|셔서|셔야|신'
const afterClosed = `은|은데|은지|을|을까|을까요|을게|을게요|을걸|을지|을수록|을때|을거|을것|을만한|음을|습니다|습니까|${open.replace(/(^|\|)/g, '$1으')}`
/** On the form in 아 or 어. */
const afterA =
  '|서|서는|서도|도|야|야만|야지|야하나|야하는|야할|요|라|주는|주세요|주시길|주길|줘|보니|보면|보고|버린|지는|진|질|지고|지면|집니다'

const listOf = (text: string) => text.split('|')

/** Stems, with the form in 아 or 어 where it is no plain one. */
const stems = `
모르/몰라 부르/불러 다르/달라 빠르/빨라 흐르/흘러 고르/골라 오르/올라 이르 누르/눌러 기르/길러 따르/따라 들르/들러 치르/치러
만들/만들어 떠들/떠들어 힘들/힘들어 흔들/흔들어 다니/다녀 느끼/느껴 지키/지켜 시키/시켜 이기/이겨 남기/남겨 넘기/넘겨 옮기/옮겨 생기/생겨 즐기/즐겨 맡기/맡겨 숨기/숨겨 챙기/챙겨 당기/당겨 웃기/웃겨
내리/내려 버리/버려 걸리/걸려 알리/알려 들리/들려 열리/열려 달리/달려 살리/살려 올리/올려 팔리/팔려 풀리/풀려 질리/질려 틀리/틀려 돌리/돌려 때리/때려 기다리/기다려 가리키/가리켜 드리/드려 누리/누려 노리/노려 차리/차려 그리/그려 어울리/어울려 떨어뜨리/떨어뜨려
보이/보여 쓰이/쓰여 놓이/놓여 죽이/죽여 속이/속여 높이/높여 줄이/줄여 움직이/움직여 나누/나눠 바꾸/바꿔 싸우/싸워 채우/채워 키우/키워 지우/지워 세우/세워 치우/치워 외우/외워 태우/태워 피우/피워 비우/비워 꾸미/꾸며 던지/던져 빠지/빠져 떨어지/떨어져 무너지/무너져 사라지/사라져 헤어지/헤어져 터지/터져 만지/만져 가지/가져 고치/고쳐 미치/미쳐 지치/지쳐 마치/마쳐 다치/다쳐 해치/해쳐 펼치/펼쳐 넘치/넘쳐 망치/망쳐 부딪치/부딪쳐
나오/나와 들어오/들어와 올라오/올라와 돌아오/돌아와 찾아오/찾아와 가져오/가져와 다가오/다가와 내려오/내려와 나가/나가 들어가/들어가 올라가/올라가 돌아가/돌아가 지나가/지나가 찾아가/찾아가 살아가/살아가 떠나/떠나 만나/만나 일어나/일어나 나타나/나타나 끝나/끝나 지나/지나 벗어나/벗어나 뛰어나/뛰어나 드러나/드러나 자라/자라 바라/바라 모자라/모자라 놀라/놀라
아프/아파 나쁘/나빠 바쁘/바빠 기쁘/기뻐 슬프/슬퍼 예쁘/예뻐 이쁘/이뻐 고프/고파 크/커 쓰/써 끄/꺼 모으/모아 따르/따라 담그/담가 잠그/잠가
어리/어려 느리/느려 흐리/흐려 비싸/비싸 지내/지내 보내/보내 끝내/끝내 나타내/나타내 건네/건네 헤매/헤매 이루/이뤄 미루/미뤄 다루/다뤄 드물/드물어
하/해 되/돼 시키/시켜 당하/당해 아니/아니
믿/믿어 받/받아 얻/얻어 걷/걸어 듣/들어 묻/물어 깨닫/깨달아 먹/먹어 적/적어 죽/죽어 찍/찍어 막/막아 읽/읽어 남/남아 참/참아 넘/넘어 젊/젊어 닮/닮아 맡/맡아 같/같아 높/높아 깊/깊어 찾/찾아 맞/맞아 늦/늦어 잊/잊어 낮/낮아 웃/웃어 씻/씻어 벗/벗어 짓/지어 낫/나아 입/입어 잡/잡아 뽑/뽑아 씹/씹어 좁/좁아 돕/도와 눕/누워 굽/구워 넓/넓어 짧/짧아 밟/밟아 볶/볶아 묶/묶어 깎/깎아 섞/섞어 겪/겪어
`
/** Adjectives in ㅂ: 스럽, 롭 and others, that become 운 and 워. */
const inB =
  '스럽 새롭 해롭 외롭 괴롭 자유롭 흥미롭 아름답 안타깝 가깝 어렵 두렵 그립 가볍 무겁 즐겁 뜨겁 차갑 반갑 고맙 귀엽 더럽 부럽 시끄럽 부드럽 어둡 두껍 싱겁 쉽 맵 덥 춥 밉 무섭 아쉽 지겹 역겹 우습 서럽 부끄럽 징그럽 어지럽 까다롭 정답 눈물겹 힘겹 손쉽'

/** Forms that are words by themselves; and those before which a noun or another verb may stand as well: 생각하는, 기대되던, 되돌아가고. Of two syllables most end nouns, too: 경기를. */
type Known = { whole: Set<string>; ends: Set<string> }

/** Every form of the stems. */
function conjugate(): Known {
  const known: Known = { whole: new Set(), ends: new Set() }
  const add = (form: string, mayFollow: boolean) => {
    if (form.length > 1 && !nouns.has(form)) (mayFollow ? known.ends : known.whole).add(form)
  }
  for (const entry of stems.split(/\s+/).filter(Boolean)) {
    const [stem = '', a = ''] = entry.split('/')
    const isAuxiliary = stem === '하' || stem === '되'
    const isOpen = stem.length === 1 && finalOf(stem) === 0 && !isAuxiliary
    for (const form of formsOf(stem, a)) {
      // As often nouns: 사고, 가지.
      if (isOpen && form.length === 2) continue
      add(form, isAuxiliary || (stem.length > 1 && form.length > 2))
    }
  }
  for (const stem of inB.split(' ')) for (const form of formsInB(stem)) add(form, form.length > 2)
  return known
}

function formsInB(stem: string): string[] {
  const bare = stem.slice(0, -1) + closed(stem.slice(-1), -17)
  return [
    ...listOf(plain).map((end) => stem + end),
    ...listOf(afterA).map((end) => `${bare}워${end}`),
    ...['운', '울', '우면', '우니'].map((end) => bare + end),
    `${stem}습니다`,
  ]
}

/** Forms that are nouns first. */
const nouns: ReadonlySet<string> = new Set(
  '하자 하나 하신 되자 남자 남아 참고 입자 입지 잡지 자라 적자 막지 먹지 찍게 바라지'.split(' '),
)

function formsOf(stem: string, a: string): string[] {
  const last = stem.slice(-1)
  const final = finalOf(last)
  const forms = listOf(plain).map((end) => stem + end)
  if (a !== '') forms.push(...listOf(afterA).map((end) => a + end))
  if (final !== 0 && final !== 8) return [...forms, ...listOf(afterClosed).map((end) => stem + end)]
  const bare = stem.slice(0, -1) + (final === 8 ? closed(last, -8) : last)
  // ㄹ goes before ㄴ, ㅂ and 시: 만든, 만듭니다, 만드시고.
  forms.push(
    ...listOf(open).map((end) => (/^[ㄴ니시세십신]/.test(end) ? bare : stem) + end),
    `${bare}는`,
    `${bare}는데`,
    `${bare}는지`,
    `${bare}네요`,
  )
  for (const [closing, ends] of afterFinal) {
    const head = bare.slice(0, -1) + closed(bare.slice(-1), closing)
    forms.push(...listOf(ends).map((end) => head + end))
  }
  return forms
}

/** Some 20,000 forms, made when the first text is looked at: whoever ranks nothing needs none. */
let known: Known | null = null

/** The longest form that is looked for behind something else. */
const longestEnd = 8

/** Nouns that end as 하다 does in 한 and 할. */
const nounsOfHa =
  /(?:북한|남한|기한|제한|권한|무한|극한|시한|상한|하한|원한|방한|역할|분할|관할|할할|오한|통한)$/

/** Endings that no noun has, on whatever stem. */
const surely =
  /(?:니다|니까|세요|십시오|네요|군요|까요|는데|는데도|지만|면서|려고|려면|으니|으면|으며|는지|던데|거나|거든|더니|길래|자마자|어서|아서|해서|여서|어야|아야|해야|여야|해도|해요|해주|해줘|시길|이며|인데|하여|되어|받고|받는|었던|았던|라고|다고|적인|적으로|지요|나요|어요|아요|워요|[가-힣]{2}요|(?!캐나)[가-힣]{2}다)$/

/** Whether a word is a verb or an adjective by its form; without its particle, or with it. */
export function isPredicate(word: string): boolean {
  known ??= conjugate()
  for (const syllable of word)
    if (isSyllable(syllable) && (verbal.has(finalOf(syllable)) || syllable === '없')) return true
  if (surely.test(word) || known.whole.has(word)) return true
  if (word.length > 2 && nounsOfHa.test(word)) return false
  for (let length = 2; length <= Math.min(longestEnd, word.length); length++) {
    if (known.ends.has(word.slice(-length))) return true
  }
  // 하 and 되 with a final are one syllable, and words of two are often nouns: 역할, 기한.
  return /[된될됨됐]$/.test(word) || (word.length > 2 && /[한할]$/.test(word))
}
