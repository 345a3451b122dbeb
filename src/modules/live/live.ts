import { RoomFeeds } from '#modules/chat/feeds.ts'
import { Waits } from '#modules/chat/waiting.ts'
import { type HubDeps, LiveHub } from './hub.ts'

/** Milliseconds that connections have to close when the server stops. */
const patience = 1500

/** What stays open between members and this process: sockets and long polls over one log, told by one bus. */
export function openLive(deps: Omit<HubDeps, 'feeds'>): {
  hub: LiveHub
  waits: Waits
  stop: () => Promise<void>
} {
  const feeds = new RoomFeeds(deps)
  const waits = new Waits({ feeds, bus: deps.bus })
  const hub = new LiveHub({ ...deps, feeds })
  const stop = async () => {
    waits.stop()
    await hub.stop(patience)
    feeds[Symbol.dispose]()
  }
  return { hub, waits, stop }
}
