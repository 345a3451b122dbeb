import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'
import { inject } from 'vitest'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    chromium: string | null
  }
}

const usualPlaces = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Looks for Chromium once per run. Without one the browser tests are left out, and the closing line says why. */
export default function findChromium(project: TestProject): void {
  const asked = process.env['CHROMIUM_PATH']
  project.provide('chromium', asked ?? usualPlaces.find((path) => existsSync(path)) ?? null)
}

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export function launchChromium(): Promise<Browser> {
  const executablePath = inject('chromium')
  if (!executablePath) throw new Error('no Chromium')
  return chromium.launch({ executablePath, args: flags })
}
