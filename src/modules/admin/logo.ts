import { isAdministrator, type Viewer } from '#modules/accounts/viewer.ts'
import { storeImage, type Upload } from '#modules/files/files.ts'
import type { SiteSettings } from '#modules/site/site.ts'
import type { Db } from '#platform/database.ts'
import { Forbidden } from '#platform/errors.ts'
import type { FileTools } from '#platform/file-tools.ts'
import { changeSettings } from './settings.ts'

type Deps = { db: Db; files: FileTools; site: SiteSettings; config: { mail: unknown } }
type Input = Pick<Upload, 'source' | 'declared' | 'rest' | 'now'>

/**
 * Takes an uploaded picture as the site's logo. The one before is gone at once for everybody, its contents
 * with the clean-up. @returns the file's name @throws Forbidden, what `storeImage` throws
 */
export async function changeLogo(deps: Deps, viewer: Viewer, input: Input): Promise<string> {
  // Before anything that was sent is looked at.
  if (!isAdministrator(viewer)) throw new Forbidden('forbidden')
  const { db, files: tools } = deps
  const { name } = await storeImage(db, viewer, { ...input, tools, title: '', shape: 'logo' })
  await setLogo(deps, viewer, { logo: name, now: input.now })
  return name
}

/** Back to our own mark. @throws Forbidden */
export function removeLogo(deps: Deps, viewer: Viewer, now: Date): Promise<void> {
  return setLogo(deps, viewer, { logo: null, now })
}

function setLogo(
  { site, config }: Deps,
  viewer: Viewer,
  { logo, now }: { logo: string | null; now: Date },
): Promise<void> {
  return changeSettings({ site, canSend: config.mail !== null }, viewer, { change: { logo }, now })
}
