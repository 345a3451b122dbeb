import { type Html, raw } from '#platform/html.ts'
import type { Page } from '#ui/page.ts'

/** By catalogue: the same for every page in its language. */
const made = new WeakMap<Page['words'], Html>()

/** The texts that browser modules show, as a data block that runs nothing; `src/browser/words.ts` reads it. */
export function scriptWords({ words }: Page): Html {
  const known = made.get(words) ?? makeScriptWords(words)
  made.set(words, known)
  return known
}

function makeScriptWords(words: Page['words']): Html {
  const { chat, files, keys, notifications, post, search, write } = words
  const people = { name: '{name}', whom: '{whom}' }
  const texts: ScriptWords = {
    keys,
    keeper: write.keeper,
    mention: write.mention,
    previewFailed: write.previewFailed,
    suggest: { label: search.suggestions, kinds: search.suggestionKinds, found: search.suggested },
    chat: {
      acts: chat.acts({ number: '{number}' }),
      added: chat.added(people),
      away: chat.away,
      deleted: chat.deleted,
      fresh: chat.fresh,
      here: chat.here,
      left: chat.left(people),
      newComments: chat.newComments,
      notSent: chat.notSent,
      offline: chat.offline,
      onlyPicture: chat.onlyPicture,
      over: chat.over,
      quoteGone: chat.quoteGone,
      refused: chat.refused,
      removed: chat.removed(people),
      signedOut: chat.signedOut,
      somebody: post.gone,
      typing: chat.typing,
      you: chat.you,
    },
    bell: { one: notifications.bellOne, many: notifications.bell },
    files: { uploading: files.uploading, failed: files.failed, added: files.added, wait: files.wait },
  }
  // `<` would end the element early.
  const json = JSON.stringify(texts).replace(/</g, '\\u003c')
  return raw(`<script type="application/json" id="script-words">${json}</script>`)
}

/** A text for one and one for more; `{count}` stands for how many. */
export type Counted = { one: string; many: string }

export type ScriptWords = {
  keys: Page['words']['keys']
  keeper: Page['words']['write']['keeper']
  mention: Page['words']['write']['mention']
  previewFailed: string
  suggest: {
    label: string
    kinds: Page['words']['search']['suggestionKinds']
    found: Counted
  }
  chat: Record<
    | 'acts'
    | 'added'
    | 'away'
    | 'deleted'
    | 'here'
    | 'left'
    | 'notSent'
    | 'offline'
    | 'onlyPicture'
    | 'over'
    | 'quoteGone'
    | 'refused'
    | 'removed'
    | 'signedOut'
    | 'somebody'
    | 'typing'
    | 'you',
    string
  > &
    Record<'fresh' | 'newComments', Counted>
  bell: Counted
  /** `{name}` stands for the file's. */
  files: Record<'uploading' | 'failed' | 'added' | 'wait', string>
}
