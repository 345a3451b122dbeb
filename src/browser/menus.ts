/** Menus are `<details>` and work without script; with script they also close by Escape and by a press elsewhere. */
export function watchMenus(): void {
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || event.isComposing || event.defaultPrevented) return
    for (const menu of openMenus()) {
      if (menu.contains(document.activeElement)) menu.querySelector('summary')?.focus()
      menu.open = false
    }
  })
  document.addEventListener('pointerdown', (event) => {
    const { target } = event
    // A dialog that a menu opened gives the focus back to it.
    if (target instanceof Element && target.closest('dialog')) return
    for (const menu of openMenus()) {
      if (target instanceof Node && !menu.contains(target)) menu.open = false
    }
  })
}

function openMenus(): NodeListOf<HTMLDetailsElement> {
  return document.querySelectorAll('details.menu[open]')
}
