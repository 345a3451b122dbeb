import autocannon from 'autocannon'
import type { Load, Measured, Sent } from './messages.ts'

/** The load generator, a process of its own: takes one load by message, gives back what it measured. */
process.on('message', (load: Load) => {
  run(load).then(
    (measured) => process.send?.(measured),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`)
      process.exit(1)
    },
  )
})

/** Every connection goes through its own share of the requests, so that no two send the same at once. */
function run({ url, seconds, connections, requests, rate }: Load): Promise<Measured> {
  const shares = Array.from({ length: connections }, (): Sent[] => [])
  for (const [i, request] of requests.entries()) shares[i % connections]?.push(request)
  const times: number[] = []
  const statuses: Record<string, number> = {}
  let next = 0
  return new Promise((resolve, reject) => {
    const instance = autocannon(
      {
        url,
        connections,
        duration: seconds,
        timeout: 30,
        ...(rate === undefined ? {} : { overallRate: rate }),
        setupClient: (client) => {
          const share = shares[next++ % connections] ?? []
          client.setRequests(share.length > 0 ? share : requests.slice(0, 1))
        },
      },
      (error: unknown, result) => {
        if (error) return reject(error)
        resolve({ ...summary(times, result.duration), statuses, errors: result.errors + result.timeouts })
      },
    )
    instance.on('response', (_client, status, _bytes, time) => {
      times.push(time)
      statuses[status] = (statuses[status] ?? 0) + 1
    })
  })
}

function summary(times: number[], seconds: number) {
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0
  return { perSecond: times.length / seconds, p50: at(0.5), p95: at(0.95), p99: at(0.99) }
}
