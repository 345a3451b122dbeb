import { createRequire } from 'node:module'
import type { HLJSApi, LanguageFn } from 'highlight.js'
import { escapeHtml } from './html.ts'

const require = createRequire(import.meta.url)

/** What may stand after ``` and the grammar that reads it. */
const grammars = new Map(
  Object.entries({
    bash: 'sh shell console zsh',
    c: 'h',
    cpp: 'c++ cc hpp',
    csharp: 'cs c#',
    css: '',
    dart: '',
    diff: 'patch',
    dockerfile: 'docker',
    go: 'golang',
    haskell: 'hs',
    ini: 'toml',
    java: '',
    javascript: 'js jsx mjs node',
    json: 'jsonc json5',
    kotlin: 'kt',
    lua: '',
    makefile: 'make',
    markdown: 'md',
    nginx: '',
    php: '',
    powershell: 'ps1',
    python: 'py',
    r: '',
    ruby: 'rb',
    rust: 'rs',
    scala: '',
    scss: '',
    sql: 'postgresql mysql',
    swift: '',
    typescript: 'ts tsx',
    xml: 'html svg vue',
    yaml: 'yml',
  }).flatMap(([grammar, others]) =>
    [grammar, ...others.split(' ')].filter(Boolean).map((name) => [name, grammar]),
  ),
)

let engine: HLJSApi | null = null

/**
 * Colours code with class names. Null when the language is not known.
 * The engine and each grammar are loaded at their first use: most processes never need most of them.
 */
export function highlightCode(code: string, name: string): { language: string; html: string } | null {
  const language = grammars.get(name.toLowerCase())
  if (!language) return null
  const loaded = load(language)
  try {
    return { language, html: loaded.highlight(code, { language, ignoreIllegals: true }).value }
  } catch {
    return { language, html: escapeHtml(code) }
  }
}

function load(language: string): HLJSApi {
  if (!engine) {
    const loaded: HLJSApi = require('highlight.js/lib/core')
    engine = loaded
  }
  if (!engine.getLanguage(language)) {
    const grammar: LanguageFn = require(`highlight.js/lib/languages/${language}`)
    engine.registerLanguage(language, grammar)
  }
  return engine
}
