import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Why there is no result: what was given is broken, it took too long or too much, or too many wait already. */
export class ConfinedFailure extends Error {
  override readonly name = 'ConfinedFailure'
  readonly reason: 'broken' | 'too-costly' | 'busy'
  constructor(reason: 'broken' | 'too-costly' | 'busy', message: string) {
    super(message)
    this.reason = reason
  }
}

export type ConfinedOptions = {
  /** The only folder in which the process may read what it is given, and write. */
  folder: string
  /** For one job, from when the process has it. */
  timeLimitMs: number
  /** The process ends after so long without work. */
  idleMs: number
  /** Jobs that may wait. */
  mostWaiting: number
  /** All that the process has of an environment. */
  env?: Record<string, string>
}

/** What the process answers to the job with this number. */
export type ConfinedAnswer<Result> = { id: number; result: Result } | { id: number; error: string }

type Waiting<Job, Result> = {
  job: Job
  resolve: (result: Result) => void
  reject: (error: Error) => void
}

const root = join(import.meta.dirname, '../..')
/** Kilobytes of writable memory, and of addresses (Node reserves 3 GB of them without use). */
const memoryLimit = 1_200_000
const addressLimit = 4_500_000
/** Milliseconds in which the libraries are loaded, on the slowest of machines. */
const startLimit = 20_000

/** Does jobs one after the other in a confined process that is started when there is work. */
export class ConfinedProcess<Job extends object, Result> {
  readonly #script: string
  readonly #options: ConfinedOptions
  readonly #waiting: Waiting<Job, Result>[] = []
  #child: ChildProcess | null = null
  #current: Waiting<Job, Result> | null = null
  #jobs = 0
  #deadline: NodeJS.Timeout | undefined
  #idle: NodeJS.Timeout | undefined
  #closed = false

  /** `script`: a file that imports nothing of ours but its neighbours, and says 'ready' first. */
  constructor(script: string, options: ConfinedOptions) {
    this.#script = script
    this.#options = options
  }

  /** The running process's number, for tests and the operator; null while there is none. */
  get pid(): number | null {
    return this.#child?.pid ?? null
  }

  /** @throws ConfinedFailure */
  run(job: Job): Promise<Result> {
    if (this.#closed || this.#waiting.length >= this.#options.mostWaiting)
      return Promise.reject(new ConfinedFailure('busy', 'too many jobs wait'))
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, resolve, reject })
      void this.#next()
    })
  }

  async #next(): Promise<void> {
    if (this.#current) return
    const next = this.#waiting.shift()
    if (!next) {
      clearTimeout(this.#idle)
      this.#idle = setTimeout(() => this.#end(), this.#options.idleMs).unref()
      return
    }
    clearTimeout(this.#idle)
    this.#current = next
    try {
      const child = this.#child ?? (await this.#start())
      const { timeLimitMs } = this.#options
      this.#deadline = setTimeout(() => {
        this.#settle(new ConfinedFailure('too-costly', `took longer than ${timeLimitMs} ms`))
        this.#end()
        void this.#next()
      }, timeLimitMs)
      child.send({ id: ++this.#jobs, ...next.job }, (error) => {
        if (error) child.kill('SIGKILL')
      })
    } catch (error) {
      this.#settle(error instanceof Error ? error : new Error('the process did not start'))
      void this.#next()
    }
  }

  #settle(result: { done: Result } | Error): void {
    clearTimeout(this.#deadline)
    const current = this.#current
    this.#current = null
    if (result instanceof Error) current?.reject(result)
    else current?.resolve(result.done)
  }

  async #start(): Promise<ChildProcess> {
    const [command = '', ...args] = [...(await isolation()), ...confined(this.#options.folder, this.#script)]
    const { env = {} } = this.#options
    const child = spawn(command, args, { cwd: '/', env, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
    child.unref()
    child.channel?.unref()
    this.#child = child
    // What cannot be sent to it any more; that it is gone, its exit says.
    child.on('error', () => {})
    if (this.#closed) this.#end()
    await untilReady(child).catch((error: unknown) => {
      this.#end()
      throw error
    })
    child.on('message', (answer: ConfinedAnswer<Result>) => {
      if (this.#child !== child || answer.id !== this.#jobs) return
      this.#settle('result' in answer ? { done: answer.result } : new ConfinedFailure('broken', answer.error))
      void this.#next()
    })
    const gone = () => {
      if (this.#child !== child) return
      this.#child = null
      if (!this.#current) return
      this.#settle(new ConfinedFailure('broken', 'the process died'))
      void this.#next()
    }
    child.on('exit', gone)
    return child
  }

  #end(): void {
    const child = this.#child
    this.#child = null
    child?.kill('SIGKILL')
  }

  [Symbol.dispose](): void {
    this.#closed = true
    clearTimeout(this.#idle)
    this.#settle(new ConfinedFailure('busy', 'stopping'))
    for (const { reject } of this.#waiting.splice(0)) reject(new ConfinedFailure('busy', 'stopping'))
    this.#end()
  }
}

/** Its first word says that the libraries are loaded; a picture's time begins after it. */
async function untilReady(child: ChildProcess): Promise<void> {
  const given = new AbortController()
  const { signal } = given
  const exit = once(child, 'exit', { signal }).then(() =>
    Promise.reject(new Error('the process did not start')),
  )
  const late = sleep(startLimit, undefined, { signal }).then(() =>
    Promise.reject(new Error('the process started too slowly')),
  )
  try {
    await Promise.race([once(child, 'message', { signal }), exit, late])
  } finally {
    given.abort()
    await Promise.allSettled([exit, late])
  }
}

/**
 * The command line of the confined process: memory limits of the shell, and Node's permission model, which leaves it
 * the program's own code for reading, one folder for writing, and no network, process or thread. Of both, decoders in
 * native code feel the limits; the network is taken from them by `isolation` where the kernel allows.
 */
export function confined(folder: string, script: string): string[] {
  const readable = [dirname(script), join(root, 'node_modules'), join(root, 'package.json'), folder]
  return [
    '/bin/sh',
    '-c',
    // Systems that know no such limit do without.
    `ulimit -d ${memoryLimit} 2>/dev/null; ulimit -v ${addressLimit} 2>/dev/null; ulimit -c 0; exec "$0" "$@"`,
    process.execPath,
    '--max-old-space-size=64',
    '--permission',
    '--allow-addons',
    '--disable-warning=PERM0001',
    ...readable.map((path) => `--allow-fs-read=${realpathSync(path)}`),
    `--allow-fs-write=${realpathSync(folder)}`,
    script,
  ]
}

let isolating: Promise<string[]> | undefined

/** A network of its own without any device, where the kernel gives one to everybody; asked once. */
export function isolation(): Promise<string[]> {
  const command = ['/usr/bin/unshare', '--user', '--map-current-user', '--net']
  isolating ??= new Promise((resolve) => {
    const [program = '', ...args] = [...command, 'true']
    execFile(program, args, { timeout: 2000 }, (error) => resolve(error ? [] : command))
  })
  return isolating
}
