import { type TextName, textNames } from '#modules/site/texts.ts'
import { paths } from '#paths.ts'
import { type Html, html } from '#platform/html.ts'
import { editorFrame } from '#ui/editor.ts'
import { errorSummary } from '#ui/forms.ts'
import type { FormState, Page } from '#ui/page.ts'
import { uploadForm } from '#ui/upload-field.ts'
import { adminTabs } from './views.ts'

type AboutData = { state: FormState; saved: boolean; limit: number }

/** GET /admin/about: logo and texts. POST /admin/about/logo: `image`; POST /admin/about/logo/remove. */
export function aboutPage(page: Page, { state, saved, limit }: AboutData): Html {
  const { admin: t, files, siteTexts } = page.words
  const { logo, texts = [] } = page.site
  return html`<div class="form-page">
<h1>${t.title}</h1>
${adminTabs(page, 'about')}
${saved && html`<p class="note" role="status">${t.aboutSaved}</p>`}
<p><a href="${paths.adminPart('settings')}">${t.aboutSettings}</a></p>
<section><h2>${t.logo}</h2>
<p>${t.logoText}</p>
${logo && html`<p><img src="${paths.file(logo, 192)}" width="96" height="96" alt="${t.logo}"></p>`}
${uploadForm(page, { action: paths.adminPart('about/logo'), state, submit: files.send, limit, prefix: 'logo' })}
${logo && html`<form method="post" action="${paths.adminPart('about/logo/remove')}"><button class="btn">${t.removeLogo}</button></form>`}
</section>
<section><h2>${t.texts}</h2>
<p>${t.textsText}</p>
<ul class="plain board-tree">${textNames.map(
    (
      name,
    ) => html`<li data-row><div class="line-text"><a class="line-title" href="${paths.adminText(name)}">${siteTexts.names[name]}</a>
<small class="quiet">${texts.includes(name) ? html`<a href="${paths.siteText(name)}">${paths.siteText(name)}</a> · ${t.textPublished}` : `${paths.siteText(name)} · ${t.textMissing}`}</small></div></li>`,
  )}</ul></section>
</div>`
}

type TextData = {
  name: TextName
  /** Values: body. */
  state: FormState
  /** Rendered Markdown when "preview" was pressed without script. */
  preview?: string
  /** Whether there is a text to begin with. */
  hasStart?: boolean
}

/** GET /admin/texts/{name}. POST: `body`, `do`: `save` or `preview`. */
export function textPage(page: Page, { name, state, preview, hasStart }: TextData): Html {
  const { admin: t, forms, siteTexts, write } = page.words
  return html`<div class="write-page">
<div class="write-head"><h1>${siteTexts.names[name]}</h1></div>
<p class="note"><span>${t.textHint} ${hasStart && html`<a href="${paths.adminText(name, { start: 1 })}">${t.textStart}</a>`}</span></p>
<form class="form write-form" method="post" action="${paths.adminText(name)}" novalidate>
${errorSummary(page, { state, fields: [{ kind: 'area', name: 'body', label: write.body }] })}
${editorFrame(page, { state, label: write.body, rows: 16, preview: preview ?? null, plain: true })}
<div class="form-actions">
<button class="btn primary" name="do" value="save">${forms.save}</button>
<button class="btn no-script" name="do" value="preview">${write.preview}</button>
<a class="btn" href="${paths.adminPart('about')}">${forms.cancel}</a>
</div>
</form>
</div>`
}
