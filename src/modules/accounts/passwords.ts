import { availableParallelism } from 'node:os'
import { hash, verify } from '@node-rs/argon2'
import { Turns } from '#platform/turns.ts'

/**
 * argon2id over 19 MiB in one lane, as OWASP's second profile; passes as many as take 50 to 100 ms of a processor.
 * Every hash names its own numbers, so that older ones stay good.
 */
const memoryCost = 19_456
let timeCost = 14

/** Said once, at the start of the program, and never while it runs. */
export function setPasswordPasses(passes: number): void {
  timeCost = passes
}

/** One processor stays free for pages, whatever floods the sign-in; each hash takes 19 MiB while it is made. */
const turns = new Turns({ atOnce: Math.max(1, Math.min(4, availableParallelism() - 1)) })

export function hashPassword(password: string): Promise<string> {
  return turns.run(() => hash(password, { memoryCost, timeCost, parallelism: 1 }))
}

/** Whether a hash was made with other numbers than those of today. */
export function isOutdated(stored: string): boolean {
  return !stored.startsWith(`$argon2id$v=19$m=${memoryCost},t=${timeCost},p=1$`)
}

let nobody: Promise<string> | null = null

/** Whether the password is right. Without a hash it works as long and answers no, so that time tells nothing. */
export async function passwordFits(storedHash: string | null, password: string): Promise<boolean> {
  nobody ??= hashPassword('nobody has this password')
  const against = storedHash ?? (await nobody)
  const fits = await turns.run(() => verify(against, password).catch(() => false))
  return storedHash !== null && fits
}
