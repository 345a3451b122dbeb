let region: HTMLElement | null = null

/** Tells screen readers something that happened; what is seen is elsewhere. */
export function announce(text: string): void {
  if (!region) {
    region = document.createElement('div')
    region.className = 'sr'
    region.setAttribute('role', 'status')
    document.body.append(region)
  }
  // A region that was just added or that says the same again is not read without a pause.
  const own = region
  own.textContent = ''
  setTimeout(() => {
    own.textContent = text
  }, 60)
}

/** A short message at the bottom of the screen, read aloud too. It goes by itself. */
export function toast(text: string): void {
  document.querySelector('.toast')?.remove()
  const box = document.createElement('p')
  box.className = 'toast'
  box.setAttribute('role', 'alert')
  box.textContent = text
  document.body.append(box)
  setTimeout(() => box.remove(), 6000)
}
