/** What every member's page loads; the rest comes when the page has use for it. */
import { watchConfirmations } from './confirm.ts'
import { watchKeys } from './keys.ts'
import { watchMenus } from './menus.ts'
import { defineNewPosts } from './new-posts.ts'
import { keepOffline } from './offline.ts'
import { watchPostActs } from './post-acts.ts'
import { watchReplies } from './replies.ts'
import { watchSearchFields } from './search.ts'
import { watchSharing } from './share.ts'
import { pageWords } from './words.ts'

const words = pageWords()
if (words) {
  watchKeys(words)
  watchPostActs(words)
  watchConfirmations(words)
  watchReplies()
  watchMenus()
  watchSharing()
  defineNewPosts(words)
  keepOffline()
  void import('./bell.ts').then(({ watchBell }) => watchBell(words))
  void import('./live-pages.ts').then(({ startLivePages }) => startLivePages(words))
  watchSearchFields(words)
  if (document.querySelector('text-editor'))
    void import('./editor.ts').then(({ startEditors }) => startEditors(words))
}
