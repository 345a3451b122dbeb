import { readFileSync } from 'node:fs'
import type { Expression, Node, TemplateLiteral } from 'oxc-parser'
import { describe, expect, it } from 'vitest'
import { withName } from '#browser/words.ts'
import { nim, particle } from '#words/korean.ts'
import { languages } from '#words/words.ts'
import { isTest, readSources, type SourceFile, visit } from './support/source.ts'

const code = readSources('src').filter((file) => !isTest(file))
const isCatalogue = (file: SourceFile) => file.path.startsWith('src/words/')
const isDemoText = (file: SourceFile) => file.path.startsWith('src/modules/imports/demo')
/** What the search and the trends know of the language. */
const isGrammar = (file: SourceFile) =>
  ['search/korean.ts', 'trending/predicates.ts', 'trending/stop-words.ts'].some(
    (path) => file.path === `src/modules/${path}`,
  )
/** Korean that is no text of a page: the product's name, and names that nobody may take. */
const notShown = /마당|관리자|운영자/g
const found = (file: SourceFile, node: { start: number }, what: string) =>
  `${file.path}:${file.lineOf(node)} ${what}`

/** The leaves of a catalogue by their place: `post.views` -> text, function or list. */
function leavesOf(value: unknown, place = ''): Map<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return new Map([[place, value]])
  return new Map(
    Object.entries(value).flatMap(([key, one]) => [...leavesOf(one, place ? `${place}.${key}` : key)]),
  )
}

const catalogues = Object.entries(languages).map(([name, words]) => ({ name, leaves: leavesOf(words) }))
const korean = leavesOf(languages.ko)

describe('catalogues', () => {
  it.each(catalogues)(
    '$name has the same texts as Korean, functions where Korean has functions',
    ({ leaves }) => {
      const shape = (all: Map<string, unknown>) =>
        [...all].map(([place, leaf]) => `${place}: ${kindOf(leaf)}`)
      expect(shape(leaves)).toEqual(shape(korean))
    },
  )

  it.each(catalogues)('$name has no empty text', ({ leaves }) => {
    const texts = [...leaves].filter(([, leaf]) => typeof leaf === 'string')
    expect(texts.filter(([, text]) => String(text).trim() === '').map(([place]) => place)).toEqual([])
  })

  it('each is written in its own language', () => {
    const hangul = /[가-힣]/
    const inEnglish = [...leavesOf(languages.en)].filter(([, leaf]) =>
      hangul.test(JSON.stringify(leaf) ?? ''),
    )
    const onlyEnglish = [...korean].filter(
      ([, leaf]) => typeof leaf === 'string' && /[a-z]{3,} [a-z]{3,}/i.test(leaf),
    )
    expect(inEnglish.map(([place]) => place)).toEqual([])
    expect(onlyEnglish.map(([place]) => place)).toEqual([])
  })

  it('have no text that nothing shows', () => {
    const shown = namesIn(code.filter((file) => !isCatalogue(file)))
    const unused = [...korean.keys()].filter((place) => {
      const names = place.split('.')
      return !names.some((name, depth) => depth > 0 && shown.has(name)) && !shown.has(names.at(-1) ?? '')
    })
    expect(unused).toEqual([])
  })
})

describe('docs/glossary.md', () => {
  const rows = readFileSync('docs/glossary.md', 'utf8')
    .split('\n')
    .filter((line) => /^\| \w/.test(line))
    .slice(1)
  const cells = rows.map((row) => row.split('|').map((cell) => cell.trim()))
  const pages = (language: keyof typeof languages) =>
    readFileSync(`src/words/${language}.ts`, 'utf8')
      .split('\n')
      .map((line) => line.replace(/^ *[\w'.-]+:/, ''))

  it('has the Korean words of the pages', () => {
    const text = pages('ko').join('\n')
    const words = cells.map(([, , word = '']) => word).filter((word) => word !== '–')
    expect(words.length).toBeGreaterThan(20)
    expect(words.filter((word) => !text.includes(word))).toEqual([])
  })

  it.each(['ko', 'en'] as const)('keeps other words out of %s', (language) => {
    const others = cells
      .flatMap((row) => (row[4] ?? '').split(',').map((word) => word.trim()))
      .filter(Boolean)
    const found = others.flatMap((word) => {
      const pattern = /[가-힣]/.test(word) ? new RegExp(word) : new RegExp(`\\b${word}s?\\b`, 'i')
      return pages(language)
        .filter((line) => pattern.test(line))
        .map((line) => `${word}: ${line.trim()}`)
    })
    expect(found).toEqual([])
  })
})

describe('code', () => {
  it('holds no Korean outside the catalogues', () => {
    const wrong: string[] = []
    for (const file of code) {
      if (isCatalogue(file) || isDemoText(file) || isGrammar(file)) continue
      const look = (node: { start: number }, text: string) => {
        if (/[가-힣ㄱ-ㅎㅏ-ㅣ]/.test(text.replace(notShown, ''))) wrong.push(found(file, node, text.trim()))
      }
      visit(file, {
        Literal: (node) => {
          if (typeof node.value === 'string') look(node, node.value)
        },
        TemplateElement: (node) => look(node, node.value.raw),
      })
    }
    expect(wrong).toEqual([])
  })

  it('names no language but the one to begin with: another is its catalogue, and its line beside the others', () => {
    const mayNameKorean = /^src\/(words\/|config\/|ui\/document\.ts$)/
    const wrong: string[] = []
    for (const file of code) {
      if (mayNameKorean.test(file.path)) continue
      visit(file, {
        Literal: (node) => {
          if (/(?<![\w-])ko(?![\w-])/.test(String(node.value)))
            wrong.push(found(file, node, String(node.value)))
        },
      })
    }
    expect(wrong).toEqual([])
  })

  it('shows no words of its own: HTML takes them from the catalogues', () => {
    const wrong: string[] = []
    for (const file of code) {
      visit(file, {
        TaggedTemplateExpression: (node) => {
          if (node.tag.type !== 'Identifier' || node.tag.name !== 'html') return
          for (const text of visibleTexts(node.quasi)) wrong.push(found(file, node, text))
        },
      })
    }
    expect(wrong).toEqual([])
  })

  it('writes no sentence into views, pages and shared pieces', () => {
    const wrong: string[] = []
    for (const file of code) {
      if (!/(views|pages)\.ts$|\/views\/|^src\/(ui|browser)\//.test(file.path)) continue
      visit(file, {
        Literal: (node) => {
          if (typeof node.value === 'string' && /^[A-Z][a-z]+ [a-z]+/.test(node.value)) {
            wrong.push(found(file, node, node.value))
          }
        },
      })
    }
    expect(wrong).toEqual([])
  })
})

describe('refusals', () => {
  const thrown = code.flatMap(codesIn)

  it.each(catalogues)('$name has words for every code that is thrown', ({ leaves }) => {
    const missing = thrown.filter(({ table, name }) => !leaves.has(`${table}.${name}`))
    expect(missing.map(({ table, name, place }) => `${place} ${table}.${name}`)).toEqual([])
  })

  it('have no words for a code that nobody names', () => {
    const names = namesIn(code.filter((file) => !isCatalogue(file)))
    const words = [...korean.keys()].filter((place) => /^(errors|fields)\./.test(place))
    expect(words.filter((place) => !names.has(place.split('.')[1] ?? ''))).toEqual([])
  })
})

describe('Korean particles', () => {
  it.each([
    ['글', '을/를', '글을'],
    ['사과', '을/를', '사과를'],
    ['서울', '으로/로', '서울로'],
    ['집', '으로/로', '집으로'],
    ['바다', '으로/로', '바다로'],
    ['하늘', '이/가', '하늘이'],
    ['나무', '이/가', '나무가'],
    ['마을', '과/와', '마을과'],
    ['친구', '과/와', '친구와'],
    ['사람', '은/는', '사람은'],
    ['마당', '이에요/예요', '마당이에요'],
    ['모두', '이에요/예요', '모두예요'],
    ['3', '을/를', '3을'],
    ['5', '을/를', '5를'],
    ['2026', '으로/로', '2026으로'],
    ['1', '으로/로', '1로'],
    ['10', '이/가', '10이'],
    ['Madang', '을/를', 'Madang을'],
    ['Markdown', '은/는', 'Markdown은'],
    ['Google', '으로/로', 'Google로'],
    ['Chrome', '을/를', 'Chrome을'],
    ['GitHub', '을/를', 'GitHub를'],
    ['internet', '이/가', 'internet이'],
    ['Linux', '이/가', 'Linux가'],
    ['server', '은/는', 'server는'],
    ['R', '을/를', 'R을'],
    ['HTML', '으로/로', 'HTML로'],
    ['“글”', '을/를', '“글”을'],
    ['마당(광장)', '으로/로', '마당(광장)으로'],
  ] as const)('%s with %s reads %s', (word, pair, text) => {
    expect(particle(word, pair)).toBe(text)
  })
})

describe('the title 님', () => {
  it('is not doubled after a name that has it, on pages and by scripts', () => {
    expect([nim('하늘'), nim('이장님')]).toEqual(['하늘 님', '이장님'])
    const added = languages.ko.chat.added({ name: '{name}', whom: '{whom}' })
    const said = (name: string, whom: string) => withName(withName(added, 'name', name), 'whom', whom)
    expect(said('이장님', '하늘')).toBe(languages.ko.chat.added({ name: '이장님', whom: '하늘' }))
    expect(said('$&', '선생님')).toBe(languages.ko.chat.added({ name: '$&', whom: '선생님' }))
    expect(withName('{name} invited', 'name', 'Ari')).toBe('Ari invited')
  })
})

describe('plurals', () => {
  const { en, ko } = languages
  it.each([
    [0, '0 comments', '0'],
    [1, '1 comment', '1'],
    [2, '2 comments', '2'],
    [21, '21 comments', '21'],
  ])('%i in English reads %s, in Korean the noun stays', (count, text, digits) => {
    expect(en.comment.comments({ count })).toBe(text)
    expect(ko.comment.comments({ count }).replace(/\D/g, '')).toBe(digits)
  })

  it('counts posts of a board like everything else', () => {
    expect([en.admin.posts({ count: 1 }), en.boards.posts({ count: 1 })]).toEqual(['1 post', '1 post'])
  })
})

function kindOf(leaf: unknown): string {
  return Array.isArray(leaf) ? `list of ${leaf.length}` : typeof leaf
}

/** Names that code uses: members, keys and short literals. */
function namesIn(files: readonly SourceFile[]): Set<string> {
  const names = new Set<string>()
  for (const file of files) {
    visit(file, {
      Identifier: (node) => {
        names.add(node.name)
      },
      Literal: (node) => {
        if (typeof node.value === 'string') names.add(node.value)
      },
    })
  }
  return names
}

const flags =
  /^(required|checked|selected|disabled|autofocus|hidden|open|novalidate|reversed|multiple|readonly|data-[\w-]+)$/
const shownAttributes = /\s(?:aria-label|title|placeholder|alt)="([^"]*)"/g

/** What a reader sees of a template: text between tags and of the attributes that are read out. */
function visibleTexts(quasi: TemplateLiteral): string[] {
  const template = quasi.quasis.map((one) => one.value.cooked ?? '').join('\ufffc')
  const attributes = [...template.matchAll(shownAttributes)].map((match) => match[1] ?? '')
  const withoutTags = template.includes('<')
    ? template.replace(/^[^<]*>/, '>').replace(/<!--[\s\S]*?-->|<[^>]*>?/g, ' ')
    : template.replace(/[\w:-]+="[^"]*"?/g, ' ')
  const words = withoutTags.split(/[\s\ufffc]+/).filter((word) => !flags.test(word))
  // Entities are signs, not words.
  const texts = [...attributes, ...words].map((text) => text.replace(/&\w+;/g, '').replaceAll('\ufffc', ''))
  return texts.filter((text) => /\p{L}/u.test(text))
}

type Code = { table: 'errors' | 'fields'; name: string; place: string }
const refusals =
  /^(Invalid|BadRequest|Unauthenticated|Forbidden|NotFound|Conflict|TooLarge|TooMany|Unavailable|InternalFault)$/

/** Codes that a file throws or hands on, from literals: `new Forbidden('x')`, `invalid('field', 'x')`, `{ field, code: 'x' }`. */
function codesIn(file: SourceFile): Code[] {
  const codes: Code[] = []
  const add = (table: Code['table'], node: Node | undefined) => {
    for (const name of literalsOf(node))
      codes.push({ table, name, place: found(file, node ?? { start: 0 }, '') })
  }
  visit(file, {
    NewExpression: (node) => {
      if (node.callee.type !== 'Identifier' || !refusals.test(node.callee.name)) return
      add('errors', node.arguments[0])
      if (node.callee.name === 'NotFound' && node.arguments.length === 0) {
        codes.push({ table: 'errors', name: 'not-found', place: found(file, node, '') })
      }
    },
    CallExpression: (node) => {
      if (node.callee.type !== 'Identifier') return
      if (node.callee.name === 'invalid') add('fields', node.arguments[1])
    },
    ObjectExpression: (node) => {
      const values = new Map<string, Expression>()
      for (const one of node.properties) {
        if (one.type === 'Property' && one.key.type === 'Identifier') values.set(one.key.name, one.value)
      }
      if (values.has('field')) add('fields', values.get('code'))
    },
  })
  return codes
}

function literalsOf(node: Node | undefined): string[] {
  if (node?.type === 'Literal') return typeof node.value === 'string' ? [node.value] : []
  if (node?.type === 'ConditionalExpression')
    return [...literalsOf(node.consequent), ...literalsOf(node.alternate)]
  return []
}
