import { paths } from '#paths.ts'
import { type Html, html } from '#platform/html.ts'
import { avatar } from '#ui/avatar.ts'
import type { FormState, Page } from '#ui/page.ts'
import { uploadForm } from '#ui/upload-field.ts'
import { markdownOf } from './names.ts'

type UploadData = {
  state: FormState
  /** The name of the picture that was just taken. */
  uploaded: string | null
  /** Bytes. */
  limit: number
}

/** GET and POST /upload: takes a picture and shows the line that puts it into a text. For browsers without script. */
export function uploadPage(page: Page, { state, uploaded, limit }: UploadData): Html {
  const { files: t } = page.words
  return html`<div class="form-page narrow">
<h1>${t.upload}</h1>
${
  uploaded &&
  html`<p class="note" role="status">${t.uploaded}</p>
<p class="field"><label for="line">${t.line}</label><input id="line" value="${markdownOf({ name: uploaded, title: '' })}" readonly></p>
<p><img src="${paths.file(uploaded, 320)}" alt=""></p>`
}
${uploadForm(page, { action: paths.upload(), state, submit: t.send, limit, prefix: 'upload' })}
</div>`
}

type AvatarData = { state: FormState; saved: boolean; limit: number }

/** GET /settings/avatar: one's own picture. POST: `image`; POST /settings/avatar/remove: back to the generated one. */
export function avatarPage(page: Page, { state, saved, limit }: AvatarData): Html {
  const { files: t, forms } = page.words
  const { viewer } = page
  return html`<div class="form-page narrow">
<h1>${t.avatar}</h1>
${saved && html`<p class="note" role="status">${t.avatarSaved}</p>`}
<p class="own-picture">${avatar(viewer?.name ?? '', viewer?.avatar)} <span>${t.avatarText}</span></p>
${uploadForm(page, {
  action: paths.settingsPart('avatar'),
  state,
  submit: t.send,
  limit,
  prefix: 'avatar',
  more: html`<a class="btn" href="${paths.settings()}">${forms.cancel}</a>`,
})}
${
  viewer?.avatar &&
  html`<form method="post" action="${paths.settingsPart('avatar/remove')}"><button class="btn">${t.remove}</button></form>`
}
</div>`
}
