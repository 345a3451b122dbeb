const halfYear = 183 * 86_400_000

/** Whether clocks of two zones show the same, now and half a year on: where summer time parts them, they differ. */
export function sameClock(a: string, b: string, now: Date): boolean {
  const show = (timeZone: string, at: number) =>
    new Intl.DateTimeFormat('en', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(at)
  return [now.getTime(), now.getTime() + halfYear].every((at) => show(a, at) === show(b, at))
}
