import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * Gives back what starting left behind: about 50 MB, which V8 keeps until something needs the room, and nothing does
 * on an idle site. Takes a tenth of a second, once.
 */
export function giveMemoryBack(): void {
  // The documented way to the collector of a process that was started without the flag.
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect === 'function') collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}
