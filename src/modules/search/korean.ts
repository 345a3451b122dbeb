/** What the analyser knows of Korean: no text that a page shows. */

/** Particles and the commonest endings after nouns: own short list. */
const list = `
은 는 이 가 을 를 의 에 도 와 과 로 만 랑 나 께 야 아 여 요 든
에서 에게 에는 에도 에만 에의 으로 로서 로써 로는 로도 부터 까지 처럼 보다 마저 조차 밖에 마다 이나 이랑 하고 한테 께서 대로 만큼 커녕
이다 이며 이고 이지 인데 인가 이란 이라 라는 라고 라도 라면 라서 든지 이든 이야 이여 입니 들은 들이 들을 들의 들도 들과 들에 에선 에겐 만이 만을 만은 까진 부턴 인지 이었 였다
에서는 에서도 에서의 에게는 에게도 에게서 으로는 으로도 으로서 으로써 으로의 까지는 까지도 부터는 부터의 이라는 이라고 이라도 이라면 이라서 이었다 이므로 입니다 입니까 인가요 인데요 이에요 예요 한테서 한테는 께서는 보다는 보다도 처럼은 만으로 이든지 들에게 들에서 들로부 로부터 에서만 이란다 라고는
으로부터 에서부터 이라고는 들이라고 에게서는 들에게는 들이라는 으로까지 이었는데 이었습니
`
export const particles: ReadonlySet<string> = new Set(list.split(/\s+/).filter(Boolean))

/** What particles begin with and no noun ends with. */
export const unmistakable: ReadonlySet<string> = new Set('를는에으까께')

/** Particles that are as often something else behind numbers: 10만, 30도, 1과, 종로5가. */
export const units: ReadonlySet<string> = new Set('만도과가로')

/** The first consonants in the order of the syllables in Unicode. */
export const consonants = 'ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ'

/** Last syllables of sentences: nobody looks for words by them. */
export const endings: ReadonlySet<string> = new Set('다요네죠음함임')
/** The same of words of three syllables, which are verbs where they end so. */
export const verbEndings: ReadonlySet<string> = new Set('고게한런은을데지던히는')

/** Operators and states of questions by their Korean names. */
export const operatorNames = [
  ['게시판', 'board'],
  ['글쓴이', 'author'],
  ['작성자', 'author'],
  ['태그', 'tag'],
  ['이전', 'before'],
  ['이후', 'after'],
] as const
export const stateNames = [
  ['질문', 'question'],
  ['해결', 'solved'],
  ['미해결', 'unsolved'],
] as const
