/** Runs in the page: sockets do not get through, as in networks that allow web pages and nothing else. */
export function refuseSockets(): void {
  class Refused extends EventTarget {
    static readonly OPEN = 1
    readonly readyState = 3
    constructor() {
      super()
      setTimeout(() => this.dispatchEvent(new CloseEvent('close', { code: 1006 })))
    }
  }
  Reflect.set(globalThis, 'WebSocket', Refused)
}

/** Runs in the page: sockets open and are closed again, as those beyond the number that one member may have. */
export function crowdSockets(): void {
  class Crowded extends EventTarget {
    static readonly OPEN = 1
    readyState = 0
    constructor() {
      super()
      setTimeout(() => {
        this.readyState = 1
        this.dispatchEvent(new Event('open'))
        this.readyState = 3
        this.dispatchEvent(new CloseEvent('close', { code: 1008, reason: 'too many connections' }))
      })
    }
    send(): void {}
  }
  Reflect.set(globalThis, 'WebSocket', Crowded)
}
