/** Where a long piece of work stands. `total` null: nobody knows yet. */
export type Step = { phase: string; done: number; total: number | null; note?: string }

/** What is needed of process.stdout. */
export type Terminal = { isTTY?: boolean; columns?: number; write: (text: string) => unknown }

/**
 * Shows steps: on a terminal one line that is drawn again at most ten times a second, elsewhere a plain line at each
 * new phase and at most every five seconds.
 */
export function showProgress(
  terminal: Terminal,
  now: () => number,
): { step: (step: Step) => void; end: () => void } {
  let phase = ''
  let shownAt = Number.NEGATIVE_INFINITY
  let last: Step | null = null
  let shown: Step | null = null
  const isDrawn = terminal.isTTY === true
  const show = (step: Step) => {
    shownAt = now()
    shown = step
    if (isDrawn) terminal.write(`\r\u001b[2K${drawBar(step, terminal.columns ?? 80)}`)
    else terminal.write(`${describe(step)}\n`)
  }
  return {
    step(step) {
      last = step
      const isNew = step.phase !== phase
      if (isNew && isDrawn && phase !== '') terminal.write('\n')
      phase = step.phase
      const isDone = step.total !== null && step.done >= step.total
      if (isNew || now() - shownAt >= (isDrawn ? 100 : 5000) || (isDone && isDrawn)) show(step)
    },
    end() {
      if (last && last !== shown) show(last)
      if (last && isDrawn) terminal.write('\n')
      last = null
      phase = ''
    },
  }
}

function percent(step: Step): number | null {
  return step.total && step.total > 0 ? Math.min(100, Math.floor((step.done / step.total) * 100)) : null
}

function describe(step: Step): string {
  const share = percent(step)
  return [step.phase, share === null ? String(step.done) : `${share}%`, step.note].filter(Boolean).join(' ')
}

function drawBar(step: Step, columns: number): string {
  const share = percent(step)
  const width = 24
  const full = Math.round(((share ?? 0) / 100) * width)
  const bar = share === null ? '' : `[${'#'.repeat(full)}${'-'.repeat(width - full)}] `
  const line = `${step.phase.padEnd(10)} ${bar}${share === null ? step.done : `${String(share).padStart(3)}%`} ${step.note ?? ''}`
  return line.slice(0, Math.max(20, columns - 1))
}
