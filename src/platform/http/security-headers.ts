/** What no page of ours uses, and no script that slipped in shall. */
const closedFeatures = [
  'camera',
  'microphone',
  'geolocation',
  'payment',
  'usb',
  'serial',
  'bluetooth',
  'midi',
  'display-capture',
  'browsing-topics',
]

/**
 * What every answer carries. `scripts`: what else than our own files may run, as a source of the policy; `secure`: the
 * site is reached by https alone.
 */
export function securityHeaders({
  scripts,
  secure,
}: {
  scripts: string
  secure: boolean
}): Record<string, string> {
  const policy = [
    "default-src 'none'",
    `script-src 'self' ${scripts}`,
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    // Text becomes markup by one policy alone, which `src/browser/server-html.ts` makes.
    "require-trusted-types-for 'script'",
    'trusted-types madang',
  ]
  return {
    'content-security-policy': policy.join('; '),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': closedFeatures.map((name) => `${name}=()`).join(', '),
    ...(secure ? { 'strict-transport-security': 'max-age=31536000' } : {}),
  }
}
