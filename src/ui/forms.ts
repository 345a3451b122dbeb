import { type Child, type Html, html, nothing } from '#platform/html.ts'
import type { FormState, Page } from '#ui/page.ts'

/** Form fields as data, so that every form has the same labels, hints, errors and summary. */
type Named = { name: string; label: string; hint?: Child; required?: boolean }

export type TextField = Named & {
  kind: 'text'
  type?: 'text' | 'email' | 'password' | 'search' | 'datetime-local' | 'number'
  autocomplete?: string
  /** Nothing but digits: phones show those. */
  digits?: boolean
  spellcheck?: boolean
  autofocus?: boolean
  placeholder?: string
}
export type AreaField = Named & { kind: 'area'; rows?: number; spellcheck?: boolean }
export type Option = { value: string; label: string; hint?: string; disabled?: boolean; group?: string }
export type SelectField = Named & { kind: 'select'; options: readonly Option[] }
/** A few choices that are all worth seeing: radio buttons in a fieldset. */
export type ChoiceField = Named & { kind: 'choice'; options: readonly Option[]; hideLabel?: boolean }
export type CheckField = Named & { kind: 'check' }
export type HiddenField = { kind: 'hidden'; name: string; value: string | number | null | undefined }
/** Something that stands between fields: a note, a list. */
export type BetweenFields = { kind: 'between'; html: Child }
/** Fields that few need, behind a line that opens them; open where something in them is wrong. */
export type FoldedFields = { kind: 'fold'; summary: string; fields: readonly (TextField | SelectField)[] }
export type Field =
  | TextField
  | AreaField
  | SelectField
  | ChoiceField
  | CheckField
  | HiddenField
  | BetweenFields
  | FoldedFields

export type Form = {
  action: string
  state: FormState
  fields: readonly Field[]
  /** The words on the button, or the buttons themselves. */
  submit?: string
  buttons?: Html
  /** Goes before ids when several forms stand on one page. */
  prefix?: string
  danger?: boolean
  /** A script asks this before it is sent. */
  confirm?: { title: string; text: string }
  /** Where "cancel" leads; no such link without it. */
  cancel?: string
  /** More buttons or links after the first. */
  more?: Child
  className?: string
  method?: 'post' | 'get'
}

export const emptyState: FormState = { values: {}, errors: {} }

/** A whole form: error summary, fields, buttons. Browsers do not validate it, so that errors are in the reader's language. */
export function form(page: Page, given: Form): Html {
  const { state, fields, prefix = '' } = given
  return html`<form class="form${given.className && ` ${given.className}`}" method="${given.method ?? 'post'}" action="${given.action}"${given.confirm && asks(given.confirm)} novalidate>
${errorSummary(page, { state, fields, prefix })}
${fields.map((one) => field(page, { state, field: one, prefix }))}
<div class="form-actions">
${given.buttons ?? html`<button class="btn ${given.danger ? 'danger' : 'primary'}">${given.submit}</button>`}
${given.more}
${given.cancel ? html`<a class="btn" href="${given.cancel}">${page.words.forms.cancel}</a>` : nothing}
</div>
</form>`
}

/** Attributes of a form that a script asks about before it is sent; without script it is sent at once. */
export function asks(given: { title: string; text: string }): Html {
  return html` data-confirm="${given.title}" data-confirm-text="${given.text}"`
}

type InForm = { state: FormState; prefix?: string }

/** What went wrong, on top, taking the focus, with a link to each field. Nothing when there are no errors. */
export function errorSummary(page: Page, given: InForm & { fields: readonly Field[] }): Html {
  const { state, fields, prefix = '' } = given
  const errors = Object.entries(state.errors)
  if (errors.length === 0 && !state.message) return nothing
  const all = fields.flatMap((one): readonly Field[] => (one.kind === 'fold' ? one.fields : [one]))
  const labels = new Map(all.map((one) => ('label' in one ? [one.name, one.label] : ['', ''])))
  const items = errors.map(([name, error]) => {
    const label = labels.get(name)
    return label
      ? html`<li><a href="#${fieldId(prefix, name)}">${label}</a>: ${error}</li>`
      : html`<li>${error}</li>`
  })
  return html`<div class="error-summary" role="alert" tabindex="-1" autofocus>
<p><strong>${state.message ?? page.words.errors.invalid}</strong></p>
${items.length > 0 && html`<ul>${items}</ul>`}
</div>`
}

export function fieldId(prefix: string, name: string): string {
  return prefix ? `${prefix}-${name}` : `field-${name}`
}

/** One field with its label, hint and error beside it. */
export function field(page: Page, given: InForm & { field: Field }): Html {
  const { state, field: one, prefix = '' } = given
  switch (one.kind) {
    case 'between':
      return html`${one.html}`
    case 'fold':
      return foldedFields(page, { state, prefix, fold: one })
    case 'hidden':
      return html`<input type="hidden" name="${one.name}" value="${one.value ?? ''}">`
    case 'check':
      return checkField(one, { state, prefix })
    case 'choice':
      return choiceField(one, { state, prefix })
    default:
      return labelled(page, one, { state, prefix })
  }
}

function foldedFields(page: Page, { fold, ...bound }: Bound & { fold: FoldedFields }): Html {
  const isOpen = fold.fields.some((one) => one.name in bound.state.errors)
  return html`<details class="aside"${isOpen && html` open`}><summary>${fold.summary}</summary><div class="form">${fold.fields.map(
    (one) => field(page, { ...bound, field: one }),
  )}</div></details>`
}

type Bound = { state: FormState; prefix: string }

function labelled(page: Page, one: TextField | AreaField | SelectField, bound: Bound): Html {
  const id = fieldId(bound.prefix, one.name)
  return html`<div class="field${one.name in bound.state.errors && ' has-error'}">
<label for="${id}">${one.label}${!one.required && html` <span class="optional">${page.words.forms.optional}</span>`}</label>
${hintOf(one, id)}${errorOf(one.name, id, bound.state)}
${control(one, bound)}
</div>`
}

function control(one: TextField | AreaField | SelectField, bound: Bound): Html {
  const value = bound.state.values[one.name] ?? ''
  const attributes = attributesOf(one, bound)
  if (one.kind === 'area') {
    const rows = one.rows ?? 4
    // The line feed after the tag is dropped by the parser; without it a text's own first line feed would be.
    return html`<textarea ${attributes} rows="${rows}"${spelling(one.spellcheck)}>
${value}</textarea>`
  }
  if (one.kind === 'select') {
    return html`<select ${attributes}>${optionsOf(one.options, value)}</select>`
  }
  const type = one.type ?? 'text'
  // A password is never sent back.
  return html`<input ${attributes} type="${type}"${type !== 'password' && html` value="${value}"`}${
    one.autocomplete !== undefined && html` autocomplete="${one.autocomplete}"`
  }${one.digits && html` inputmode="numeric"`}${one.placeholder !== undefined && html` placeholder="${one.placeholder}"`}${spelling(one.spellcheck)}${
    one.autofocus && Object.keys(bound.state.errors).length === 0 && html` autofocus`
  }>`
}

/** Neighbours of one group stand under its name. */
function optionsOf(options: readonly Option[], value: string): Html[] {
  return [...Map.groupBy(options, ({ group }) => group)].map(([group, members]) => {
    const inside = html`${members.map((option) => optionOf(option, value))}`
    return group === undefined ? inside : html`<optgroup label="${group}">${inside}</optgroup>`
  })
}

function optionOf(option: Option, value: string): Html {
  return html`<option value="${option.value}"${option.value === value && html` selected`}${
    option.disabled && html` disabled`
  }>${option.label}</option>`
}

function spelling(on: boolean | undefined): Html {
  return on === false ? html` spellcheck="false" autocapitalize="none"` : nothing
}

function attributesOf(one: Named, { state, prefix }: Bound): Html {
  const id = fieldId(prefix, one.name)
  const wrong = one.name in state.errors
  const described = [one.hint && `${id}-hint`, wrong && `${id}-error`].filter(Boolean).join(' ')
  return html`id="${id}" name="${one.name}"${one.required && html` required`}${
    described !== '' && html` aria-describedby="${described}"`
  }${wrong && html` aria-invalid="true"`}`
}

function hintOf(one: Named, id: string): Html {
  return one.hint ? html`<p class="hint" id="${id}-hint">${one.hint}</p>` : nothing
}

function errorOf(name: string, id: string, state: FormState): Html {
  const error = state.errors[name]
  return error === undefined ? nothing : html`<p class="field-error" id="${id}-error">${error}</p>`
}

function checkField(one: CheckField, bound: Bound): Html {
  const id = fieldId(bound.prefix, one.name)
  const checked = Boolean(bound.state.values[one.name])
  return html`<div class="field check${one.name in bound.state.errors && ' has-error'}">
<label for="${id}"><input ${attributesOf(one, bound)} type="checkbox" value="1"${checked && html` checked`}> <span>${one.label}</span></label>
${hintOf(one, id)}${errorOf(one.name, id, bound.state)}
</div>`
}

function choiceField(one: ChoiceField, bound: Bound): Html {
  const id = fieldId(bound.prefix, one.name)
  const value = bound.state.values[one.name] ?? ''
  const described = [one.hint && `${id}-hint`, one.name in bound.state.errors && `${id}-error`].filter(
    Boolean,
  )
  return html`<fieldset class="field radios"${described.length > 0 && html` aria-describedby="${described.join(' ')}"`}>
<legend${one.hideLabel && html` class="sr"`}>${one.label}</legend>
${hintOf(one, id)}${errorOf(one.name, id, bound.state)}
<div class="choices${one.options.length > 3 && ' stacked'}">${one.options.map((option, index) => {
    const own = index === 0 ? id : `${id}-${option.value}`
    return html`<label for="${own}"><input type="radio" id="${own}" name="${one.name}" value="${option.value}"${
      option.value === value && html` checked`
    }${option.disabled && html` disabled`}> <span>${option.label}${
      option.hint && html`<small>${option.hint}</small>`
    }</span></label>`
  })}</div>
</fieldset>`
}

/** A page that asks before something is done; the form that a script's dialog stands in for. */
export function confirmPage(page: Page, given: Form & { title: string; text: Child }): Html {
  return html`<div class="form-page">
<h1>${given.title}</h1>
<p>${given.text}</p>
${form(page, given)}
</div>`
}
