/** Whether an If-None-Match header names this entity tag, weakly compared (RFC 9110, 13.1.2). */
export function namesTag(header: string, etag: string): boolean {
  if (header === etag) return true
  const bare = (text: string) => text.trim().replace(/^W\//, '')
  return header.split(',').some((one) => one.trim() === '*' || bare(one) === bare(etag))
}
