import { globSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import {
  type Comment,
  type ImportDeclaration,
  type Node,
  type Program,
  parseSync,
  Visitor,
  type VisitorObject,
} from 'oxc-parser'

/** One import of a file of ours: `to` is a path from the top of the repository, or a package's name. */
export type Import = { to: string; specifier: string; typeOnly: boolean; line: number }

/** A parsed file of the repository, for the tests that keep its rules. */
export type SourceFile = {
  path: string
  text: string
  lines: number
  program: Program
  comments: readonly Comment[]
  imports: readonly Import[]
  lineOf: (node: { start: number }) => number
}

/** Reads and parses every TypeScript file below `folders` (paths from the top of the repository). */
export function readSources(...folders: string[]): SourceFile[] {
  const paths = folders.flatMap((folder) => globSync(`${folder}/**/*.ts`))
  return paths.map((path) => parse(path.replaceAll('\\', '/'))).sort((a, b) => (a.path < b.path ? -1 : 1))
}

export function visit(file: SourceFile, visitor: VisitorObject): void {
  new Visitor(visitor).visit(file.program)
}

export const isTest = (file: { path: string }) => /\.test\.ts$|test-fixtures\.ts$|^test\//.test(file.path)

function parse(path: string): SourceFile {
  const text = readFileSync(path, 'utf8')
  const { program, comments, errors } = parseSync(path, text)
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`)
  const starts = [...text.matchAll(/\n/g)].map((match) => match.index)
  const lineOf = (node: { start: number }) => starts.filter((start) => start < node.start).length + 1
  const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
  return { path, text, lines, program, comments, imports: importsOf(path, program, lineOf), lineOf }
}

function importsOf(path: string, program: Program, lineOf: SourceFile['lineOf']): Import[] {
  const imports: Import[] = []
  const add = (node: Node, source: { value: string }, typeOnly: boolean) => {
    imports.push({
      to: resolveImport(path, source.value),
      specifier: source.value,
      typeOnly,
      line: lineOf(node),
    })
  }
  const onlyTypes = (node: ImportDeclaration) =>
    node.importKind === 'type' ||
    (node.specifiers.length > 0 &&
      node.specifiers.every((one) => one.type === 'ImportSpecifier' && one.importKind === 'type'))
  new Visitor({
    ImportDeclaration: (node) => add(node, node.source, onlyTypes(node)),
    ExportNamedDeclaration: (node) => node.source && add(node, node.source, node.exportKind === 'type'),
    ExportAllDeclaration: (node) => add(node, node.source, node.exportKind === 'type'),
    ImportExpression: (node) => {
      const { source } = node
      if (source.type === 'Literal' && typeof source.value === 'string')
        add(node, { value: source.value }, false)
    },
  }).visit(program)
  return imports
}

function resolveImport(from: string, specifier: string): string {
  if (specifier.startsWith('#test/')) return specifier.slice(1)
  if (specifier.startsWith('#')) return `src/${specifier.slice(1)}`
  if (specifier.startsWith('.')) return posix.join(posix.dirname(from), specifier)
  return specifier
}
