import { type Html, raw } from '#platform/html.ts'
import type { Page } from '#ui/page.ts'

/** The texts that browser modules show, as a data block that runs nothing; `src/browser/words.ts` reads it. */
export function scriptWords(page: Page): Html {
  const { files, keys, write } = page.words
  const texts: ScriptWords = {
    keys,
    keeper: write.keeper,
    mention: write.mention,
    previewFailed: write.previewFailed,
    files: { uploading: files.uploading, failed: files.failed, added: files.added, wait: files.wait },
  }
  // `<` would end the element early.
  const json = JSON.stringify(texts).replace(/</g, '\\u003c')
  return raw(`<script type="application/json" id="script-words">${json}</script>`)
}

export type ScriptWords = {
  keys: Page['words']['keys']
  keeper: Page['words']['write']['keeper']
  mention: Page['words']['write']['mention']
  previewFailed: string
  /** `{name}` stands for the file's. */
  files: Record<'uploading' | 'failed' | 'added' | 'wait', string>
}
