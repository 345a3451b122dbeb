import { describe, expect, test } from 'vitest'
import { makeSnippet, markWhole, needlesOf } from './highlight.ts'
import { joinedWords, parseQuery } from './query.ts'

const markedBy = (q: string, text: string) => {
  const { marks } = markWhole(text, needlesOf(parseQuery(q)))
  return marks.map(([from, to]) => text.slice(from, to))
}

describe('marks stand on', () => {
  test.each([
    ['고양이', '고양이와 고양시', ['고양이', '고양']],
    ['학교에서', '학교에서 우리 학교', ['학교에서', '학교']],
    ['코로나19', '코로나19 예방', ['코로나19']],
    ['question', 'Questions about a question', ['Question', 'question']],
    ['questions', 'Questions about a question', ['Questions', 'question']],
    ['c', 'Is C before Christ, or c?', ['C', 'c']],
    ['a question', 'Ask a question at hand', ['a', 'question']],
    ['C++', 'C++ or C', ['C++']],
    ['node.js', 'Node.js and node', ['Node.js']],
    ['node.js', 'Node and js', ['Node', 'js']],
    ['1학년', '1학년 1학기', ['1학년']],
    ['"is it" don\'t?', "It is. Is it? I don't.", ['Is it', "don't"]],
    ['최저 임금', '최저임금', ['최저임금']],
    ['최저임금', '최저 임금', ['최저 임금']],
    ['길고양이', '길 고양이의 밥', ['길 고양이']],
    ['길고양이', '길 고양시 밥', ['길 고양']],
    ['유치원선생님', '유치원에 계신 선생님', ['유치원', '선생님']],
    ['유치원선생님 모임', '유치원에 계신 선생님의 모임', ['모임']],
    ['ㄷㅎ', '서울에 있는 대학교', ['대학']],
    ['Питер', 'Питер и не юпитер', ['Питер']],
  ])('%j in %j: %j', (q, text, marked) => {
    expect(markedBy(q, text)).toEqual(marked)
  })
})

test('an excerpt shows the pieces of a compound that stands nowhere whole', () => {
  const text = `${'먼 이야기 '.repeat(60)}러시아로 간 나폴레옹`
  const snippet = makeSnippet(text, needlesOf(parseQuery('나폴레옹러시아')))
  expect(snippet.marks.map(([from, to]) => snippet.text.slice(from, to))).toEqual(['러시아', '나폴레옹'])
})

test('words of several parts and with signs within are known as they were typed, without signs around them', () => {
  const joined = (q: string) => joinedWords(parseQuery(q))
  expect(joined('why (node.js), or C++?')).toEqual(['node.js', 'c++'])
  expect(joined('.env 192.168.0.1')).toEqual(['.env', '192.168.0.1'])
  expect(joined("don't 코로나19 BTS군면제")).toEqual(["don't", '코로나19', 'bts군면제'])
  expect(joined('ask: why? [really] 왜요?')).toEqual([])
})

test('a particle behind a Latin word or a number is no word', () => {
  const words = (q: string) => parseQuery(q).words.map(({ text }) => text)
  expect(words('Python으로 API를 BTS가 코로나19의 C++에서 5월에 1학년이')).toEqual([
    'python',
    'api',
    'bts',
    '코로나19',
    'c++',
    '5월',
    '1학년',
  ])
  expect(words('10만 30도 종로5가 PC방 의 나무를')).toEqual([
    '10만',
    '30도',
    '종로5가',
    'pc방',
    '의',
    '나무를',
  ])
})
