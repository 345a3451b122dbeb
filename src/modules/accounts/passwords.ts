import { hash, verify } from '@node-rs/argon2'

// OWASP's second argon2id profile: 19 MiB, two passes, one lane.
const options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }
const atOnce = 2

let running = 0
const waiting: (() => void)[] = []

/** At most two at a time: each takes 19 MiB, and a flood of sign-ins must not take the threads that files need. */
async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve))
  running++
  try {
    return await work()
  } finally {
    running--
    waiting.shift()?.()
  }
}

export function hashPassword(password: string): Promise<string> {
  return inTurn(() => hash(password, options))
}

let nobody: Promise<string> | null = null

/** Whether the password is right. Without a hash it works as long and answers no, so that time tells nothing. */
export async function passwordFits(storedHash: string | null, password: string): Promise<boolean> {
  nobody ??= hashPassword('nobody has this password')
  const against = storedHash ?? (await nobody)
  const fits = await inTurn(() => verify(against, password).catch(() => false))
  return storedHash !== null && fits
}
