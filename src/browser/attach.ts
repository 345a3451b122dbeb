import type { ScriptWords } from '#ui/script-words.ts'
import { announce, toast } from './announce.ts'
import { messageOf, property } from './api.ts'
import { pictureEdit, picturesIn } from './attach-rules.ts'
import { insertText } from './text-field.ts'

type Options = { words: ScriptWords; place?: (markdown: string) => void }

/**
 * Pictures by button, paste and drop: uploaded one after the other, put where the writer stands when they are there, or
 * where `place` puts their Markdown.
 */
export function startAttaching(editor: HTMLElement, field: HTMLTextAreaElement, options: Options): void {
  const { words, place = (markdown: string) => insertPicture(field, markdown) } = options
  const uploads = new Uploads(field, words.files, place)
  const chooser = editor.querySelector<HTMLInputElement>('.attach-file')
  editor.querySelector('[data-tool=attach]')?.addEventListener('click', () => chooser?.click())
  chooser?.addEventListener('change', () => {
    uploads.add([...(chooser.files ?? [])])
    chooser.value = ''
  })
  field.addEventListener('paste', (event) => {
    const pictures = picturesIn(event.clipboardData)
    if (pictures.length === 0) return
    event.preventDefault()
    uploads.add(pictures)
  })
  field.addEventListener('dragover', (event) => {
    if (event.dataTransfer?.types.includes('Files')) event.preventDefault()
  })
  field.addEventListener('drop', (event) => {
    // A file that is dropped and not taken would replace the page, and with it the text.
    if (event.dataTransfer?.types.includes('Files')) event.preventDefault()
    uploads.add(picturesIn(event.dataTransfer))
  })
  field.form?.addEventListener('submit', (event) => {
    if (!uploads.running) return
    event.preventDefault()
    toast(words.files.wait)
  })
}

function insertPicture(field: HTMLTextAreaElement, markdown: string): void {
  const { value, selectionStart, selectionEnd } = field
  insertText(field, pictureEdit({ text: value, start: selectionStart, end: selectionEnd }, markdown))
}

class Uploads {
  readonly #field: HTMLTextAreaElement
  readonly #words: ScriptWords['files']
  readonly #place: (markdown: string) => void
  readonly #waiting: File[] = []
  #composing = false
  running = false

  constructor(field: HTMLTextAreaElement, words: ScriptWords['files'], place: (markdown: string) => void) {
    this.#field = field
    this.#words = words
    this.#place = place
    field.addEventListener('compositionstart', () => {
      this.#composing = true
    })
    field.addEventListener('compositionend', () => {
      this.#composing = false
    })
  }

  add(files: readonly File[]): void {
    this.#waiting.push(...files)
    if (!this.running) void this.#run()
  }

  async #run(): Promise<void> {
    this.running = true
    for (let file = this.#waiting.shift(); file; file = this.#waiting.shift()) await this.#one(file)
    this.running = false
  }

  async #one(file: File): Promise<void> {
    const bar = document.createElement('progress')
    const line = document.createElement('p')
    line.className = 'uploading small'
    line.append(`${this.#words.uploading.replace('{name}', file.name)} `, bar)
    this.#field.after(line)
    const answer = await send(await smaller(file), file.name, (part) => {
      bar.value = part
    })
    line.remove()
    const markdown = property(answer.body, 'markdown')
    if (typeof markdown !== 'string') {
      toast(messageOf(answer, this.#words.failed))
      return
    }
    await this.#composed()
    this.#place(markdown)
    announce(this.#words.added)
  }

  /** A change of the text in the middle of a syllable would break it. */
  async #composed(): Promise<void> {
    if (!this.#composing) return
    await new Promise((resolve) => this.#field.addEventListener('compositionend', resolve, { once: true }))
    await new Promise((resolve) => setTimeout(resolve, 0))
  }
}

/** Longest side of what is kept and shown, in pixels: more would be sent for nothing. */
const longest = 1920

/** A camera's photo may have more bytes than a site takes: it goes on its way as large as it will be shown. */
async function smaller(file: File): Promise<Blob> {
  if (file.size < 2_000_000 || !/^image\/(jpeg|png)$/.test(file.type)) return file
  try {
    const image = await createImageBitmap(file)
    const share = Math.min(1, longest / Math.max(image.width, image.height))
    const canvas = new OffscreenCanvas(Math.ceil(image.width * share), Math.ceil(image.height * share))
    const context = canvas.getContext('2d')
    if (!context) return file
    context.imageSmoothingQuality = 'high'
    context.drawImage(image, 0, 0, canvas.width, canvas.height)
    // Where a browser writes no WebP it writes PNG, which keeps what shines through as well.
    const type = file.type === 'image/png' ? 'image/webp' : file.type
    const copy = await canvas.convertToBlob({ type, quality: 0.9 })
    return copy.size < file.size ? copy : file
  } catch {
    return file
  }
}

type Sent = { status: number; body: unknown }

/** `fetch` does not say how far an upload is. */
function send(file: Blob, name: string, progress: (part: number) => void): Promise<Sent> {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest()
    request.open('POST', `/api/v1/files?name=${encodeURIComponent(name.slice(-200))}`)
    request.timeout = 300_000
    request.setRequestHeader('content-type', 'application/octet-stream')
    request.setRequestHeader('accept', 'application/json')
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) progress(event.loaded / event.total)
    }
    request.onloadend = () => resolve({ status: request.status, body: parsed(request.responseText) })
    request.send(file)
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
