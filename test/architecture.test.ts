import { readFileSync } from 'node:fs'
import type { Node } from 'oxc-parser'
import { describe, expect, it } from 'vitest'
import { type Import, isTest, readSources, type SourceFile, visit } from './support/source.ts'

const all = readSources('src', 'test', 'tools', 'bench')
const source = all.filter((file) => file.path.startsWith('src/'))
const code = source.filter((file) => !isTest(file))

/** Written by a program or for people to read as text: no limits on length. */
const isWritten = (file: SourceFile) =>
  file.path === 'src/platform/database-types.ts' ||
  /^src\/words\/[a-z]{2}\.ts$/.test(file.path) ||
  isDemoText(file)
const isDemoText = (file: SourceFile) =>
  /\/demo[^/]*\//.test(file.path) || /\/demo-[^/]*\.ts$/.test(file.path)

const found = (file: SourceFile, node: { start: number }, what: string) =>
  `${file.path}:${file.lineOf(node)} ${what}`

/** `modules/posts` for a file of that module; else the folder, or the file's name without its ending. */
function partOf(path: string): string {
  const [, top = '', module = ''] = path.split('/')
  if (top === 'modules') return module
  return top.replace(/\.ts$/, '')
}

/** The table "may use" of ARCHITECTURE.md: part -> parts. */
function readTable(): Map<string, Set<string>> {
  const text = readFileSync('ARCHITECTURE.md', 'utf8')
  const rows = text.matchAll(/^\| `([\w-]+)`[^|]*\|([^|]*)\|[^|]*\|$/gm)
  return new Map(
    [...rows].map(([, part = '', uses = '']) => [
      part,
      new Set(uses.split(/[,\s]+/).filter((one) => /\w/.test(one))),
    ]),
  )
}

const isModule = (path: string) => path.startsWith('src/modules/')

/**
 * Edge: answers requests. Shared edge: what edges of several modules have in common. View: makes HTML.
 * Inner: SQL of one module. Face: what others may call.
 */
function kindOf(path: string): 'edge' | 'shared edge' | 'view' | 'inner' | 'face' {
  if (/\/views\/|views\.ts$/.test(path)) return 'view'
  if (/\/(guards|cookies)\.ts$/.test(path)) return 'shared edge'
  if (/(routes|pages)\.ts$/.test(path) || path.startsWith('src/modules/pages/')) return 'edge'
  if (isModule(path) && /\/(queries|jobs)\.ts$/.test(path)) return 'inner'
  return 'face'
}

const roots = new Set([
  'answer-error',
  'app',
  'cli',
  'demo',
  'doctor',
  'explain',
  'main',
  'roles',
  'serve',
  'start',
])

/** Every import of product code as [file, import], between files of ours. */
const edges = code.flatMap((file) =>
  file.imports.filter((one) => one.to.startsWith('src/')).map((one): [SourceFile, Import] => [file, one]),
)
const describeEdge = ([file, one]: [SourceFile, Import]) => `${file.path}:${one.line} imports ${one.to}`

describe('parts', () => {
  const table = readTable()

  it('each stand in the table of ARCHITECTURE.md', () => {
    const parts = new Set(source.map((file) => partOf(file.path)).filter((part) => !roots.has(part)))
    expect([...table.keys()].sort()).toEqual([...parts].sort())
  })

  it('use only what the table allows', () => {
    const wrong = edges.filter(([file, one]) => {
      const [from, to] = [partOf(file.path), partOf(one.to)]
      if (from === to || roots.has(from)) return false
      return !table.get(from)?.has(to)
    })
    expect(wrong.map(describeEdge)).toEqual([])
  })

  it('have no row in the table that nothing uses', () => {
    const used = new Set(edges.map(([file, one]) => `${partOf(file.path)} uses ${partOf(one.to)}`))
    const unused = [...table].flatMap(([part, uses]) => [...uses].map((to) => `${part} uses ${to}`))
    expect(unused.filter((row) => !used.has(row))).toEqual([])
  })
})

describe('files', () => {
  it('import each other without cycles', () => {
    const graph = new Map(
      code.map((file) => [file.path, file.imports.filter((one) => !one.typeOnly).map((one) => one.to)]),
    )
    expect(findCycle(graph)).toEqual([])
  })

  it('that answer requests are registered in app.ts and called by nobody else', () => {
    const wrong = edges.filter(
      ([file, one]) =>
        kindOf(one.to) === 'edge' &&
        isModule(one.to) &&
        partOf(file.path) !== partOf(one.to) &&
        file.path !== 'src/app.ts',
    )
    expect(wrong.map(describeEdge)).toEqual([])
  })

  it('with the SQL of a module are asked by that module, and for reading by pages', () => {
    const wrong = edges.filter(
      ([file, one]) => kindOf(one.to) === 'inner' && ![partOf(one.to), 'pages'].includes(partOf(file.path)),
    )
    expect(wrong.map(describeEdge)).toEqual([])
  })

  it('with rules know neither pages nor words: only edges and views do', () => {
    const wrong = edges.filter(([file, one]) => {
      if (!isModule(file.path) || !['face', 'inner'].includes(kindOf(file.path))) return false
      const to = partOf(one.to)
      return to === 'ui' || (isModule(one.to) && !['face', 'inner'].includes(kindOf(one.to)))
    })
    expect(wrong.map(describeEdge)).toEqual([])
  })

  it('are imported by # across folders and by ./ within one, with their ending', () => {
    const wrong = all.flatMap((file) =>
      file.imports
        .filter(
          ({ specifier }) =>
            specifier.startsWith('../') || (/^[.#]/.test(specifier) && !/\.ts$/.test(specifier)),
        )
        .map((one) => describeEdge([file, one])),
    )
    expect(wrong).toEqual([])
  })

  it('lie at most three folders deep', () => {
    expect(source.filter((file) => file.path.split('/').length > 5).map((file) => file.path)).toEqual([])
  })
})

describe('the outside', () => {
  it('is read from the environment in config/env.ts only', () => {
    const wrong = code.flatMap((file) =>
      file.path === 'src/config/env.ts' ? [] : memberUses(file, 'process', 'env'),
    )
    expect(wrong).toEqual([])
  })

  it('is fetched by safe-fetch and by the browser only', () => {
    const allowed = (file: SourceFile) =>
      file.path.startsWith('src/browser/') || file.path === 'src/platform/safe-fetch.ts'
    expect(code.filter((file) => !allowed(file)).flatMap((file) => calls(file, 'fetch'))).toEqual([])
  })

  it('gives modules and pages the time as a value, never by a hidden clock', () => {
    const timed = code.filter((file) => isModule(file.path) || file.path.startsWith('src/ui/'))
    const wrong = timed.flatMap((file) => [...memberUses(file, 'Date', 'now'), ...emptyDates(file)])
    expect(wrong).toEqual([])
  })

  it('gives chance by node:crypto, never by Math.random', () => {
    expect(code.flatMap((file) => memberUses(file, 'Math', 'random'))).toEqual([])
  })
})

describe('views', () => {
  const views = code.filter((file) => kindOf(file.path) === 'view' || file.path.startsWith('src/ui/'))

  it('take every address from paths.ts', () => {
    const wrong: string[] = []
    for (const file of views) {
      visit(file, {
        TemplateElement: (node) => {
          const [address] = /\s(?:href|action|formaction|src)="\/[^"]*/.exec(node.value.raw) ?? []
          if (address) wrong.push(found(file, node, address.trim()))
        },
        Literal: (node) => {
          if (typeof node.value === 'string' && /^\/[a-z]/.test(node.value))
            wrong.push(found(file, node, node.value))
        },
      })
    }
    expect(wrong).toEqual([])
  })
})

describe('budgets', () => {
  it('a file has at most 400 lines, a test at most 500', () => {
    const long = all.filter((file) => !isWritten(file) && file.lines > (isTest(file) ? 500 : 400))
    expect(long.map((file) => `${file.path} ${file.lines}`)).toEqual([])
  })

  it('a function has at most 60 lines and 3 parameters', () => {
    const wrong: string[] = []
    for (const file of all) {
      if (isTest(file) || isWritten(file)) continue
      forEachFunction(file, ({ node, params }) => {
        const lines = file.lineOf({ start: node.end }) - file.lineOf(node) + 1
        if (lines > 60) wrong.push(found(file, node, `${lines} lines`))
        if (params > 3) wrong.push(found(file, node, `${params} parameters`))
      })
    }
    expect(wrong).toEqual([])
  })

  it('no `any` without a reason beside it, no silenced type error', () => {
    const wrong = all.flatMap((file) => {
      const excused = new Set(
        file.comments
          .filter((one) => /biome-ignore lint\/suspicious\/noExplicitAny: \w/.test(one.value))
          .map((one) => file.lineOf(one) + 1),
      )
      const silenced = file.comments.filter((one) => /@ts-(ignore|expect-error|nocheck)/.test(one.value))
      const uses: string[] = silenced.map((one) => found(file, one, one.value.trim()))
      visit(file, {
        TSAnyKeyword: (node) => {
          if (!excused.has(file.lineOf(node))) uses.push(found(file, node, 'any'))
        },
      })
      return uses
    })
    expect(wrong).toEqual([])
  })

  it('at most 2 casts in 1,000 lines', () => {
    const casts: string[] = []
    for (const file of code) {
      visit(file, {
        TSAsExpression: (node) => {
          const isConst = file.text.slice(node.typeAnnotation.start, node.typeAnnotation.end) === 'const'
          if (!isConst)
            casts.push(found(file, node, file.text.slice(node.start, node.end).split('\n')[0] ?? ''))
        },
        TSTypeAssertion: (node) => casts.push(found(file, node, 'cast')),
        TSNonNullExpression: (node) => casts.push(found(file, node, '!')),
      })
    }
    const lines = code.reduce((sum, file) => sum + file.lines, 0)
    expect(casts.length, casts.join('\n')).toBeLessThanOrEqual((lines / 1000) * 2)
  })

  it('no mocks of our own modules', () => {
    const mocks = all.flatMap((file) => [
      ...memberUses(file, 'vi', 'mock'),
      ...memberUses(file, 'vi', 'doMock'),
    ])
    expect(mocks).toEqual([])
  })

  it('no test fails because the machine is busy: what takes how long is measured in bench/', () => {
    const timed = all.filter(
      (file) => isTest(file) && /expect\(\s*(?:performance|Date)\.now\(\)/.test(file.text),
    )
    expect(timed.map((file) => file.path)).toEqual([])
  })
})

function findCycle(graph: Map<string, string[]>): string[] {
  const done = new Set<string>()
  const walk = (path: string, trail: string[]): string[] => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path]
    if (done.has(path)) return []
    for (const next of graph.get(path) ?? []) {
      const cycle = walk(next, [...trail, path])
      if (cycle.length > 0) return cycle
    }
    done.add(path)
    return []
  }
  for (const path of graph.keys()) {
    const cycle = walk(path, [])
    if (cycle.length > 0) return cycle
  }
  return []
}

function memberUses(file: SourceFile, object: string, property: string): string[] {
  const uses: string[] = []
  visit(file, {
    MemberExpression: (node) => {
      const { object: left, property: right } = node
      const name = right.type === 'Identifier' ? right.name : right.type === 'Literal' ? right.value : null
      if (left.type === 'Identifier' && left.name === object && name === property) {
        uses.push(found(file, node, `${object}.${property}`))
      }
    },
  })
  return uses
}

function calls(file: SourceFile, name: string): string[] {
  const uses: string[] = []
  visit(file, {
    CallExpression: (node) => {
      if (node.callee.type === 'Identifier' && node.callee.name === name)
        uses.push(found(file, node, `${name}()`))
    },
  })
  return [...uses, ...memberUses(file, 'globalThis', name)]
}

function emptyDates(file: SourceFile): string[] {
  const uses: string[] = []
  visit(file, {
    NewExpression: (node) => {
      const isDate = node.callee.type === 'Identifier' && node.callee.name === 'Date'
      if (isDate && node.arguments.length === 0) uses.push(found(file, node, 'new Date()'))
    },
  })
  return uses
}

function forEachFunction(file: SourceFile, look: (found: { node: Node; params: number }) => void): void {
  visit(file, {
    FunctionDeclaration: (node) => look({ node, params: node.params.length }),
    FunctionExpression: (node) => look({ node, params: node.params.length }),
    // The parameters of a function that is handed over are named by who calls it: only those we name ourselves count.
    ArrowFunctionExpression: (node) => look({ node, params: 0 }),
    VariableDeclarator: ({ id, init }) => {
      const isOfOthers = 'typeAnnotation' in id && id.typeAnnotation
      if (init?.type === 'ArrowFunctionExpression' && !isOfOthers)
        look({ node: init, params: init.params.length })
    },
  })
}
