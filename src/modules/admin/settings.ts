import { releaseUnconfirmed } from '#modules/accounts/joining.ts'
import { isAdministrator, type Viewer } from '#modules/accounts/viewer.ts'
import { recordAct } from '#modules/modlog/modlog.ts'
import { checkSettings, type Site, type SiteSettings } from '#modules/site/site.ts'
import { Forbidden } from '#platform/errors.ts'

/**
 * Changes the site's settings that differ, each with a line in the log. Who waits to confirm an address is let go when
 * that is no longer asked for. @throws Forbidden, Invalid
 */
export async function changeSettings(
  deps: { site: SiteSettings; canSend: boolean },
  viewer: Viewer,
  input: { change: Partial<Site>; now: Date },
): Promise<void> {
  if (!isAdministrator(viewer)) throw new Forbidden('forbidden')
  const { site, canSend } = deps
  const before: Record<string, unknown> = await site.fresh()
  const changed = Object.entries(checkSettings(input.change)).filter(
    ([name, value]) => before[name] !== value,
  )
  if (changed.length === 0) return
  await site.change(Object.fromEntries(changed), async (tx) => {
    for (const [name, value] of changed) {
      const reason = `${name}: ${shown(name, before[name])} → ${shown(name, value)}`
      await recordAct(tx, { byId: viewer.id, act: 'site.change', reason, now: input.now })
    }
    const { confirmEmail } = { ...before, ...input.change }
    if (!(confirmEmail ?? canSend)) await releaseUnconfirmed(tx)
  })
}

const shown = (name: string, value: unknown) =>
  String(value ?? (name === 'confirmEmail' ? 'auto' : '')) || '–'
