/**
 * CSV by RFC 4180 with a byte-order mark, which spreadsheets need to see UTF-8. A cell that a spreadsheet would run
 * as a formula is made text by a leading apostrophe.
 */
export function toCsv(rows: readonly (readonly (string | number | Date)[])[]): string {
  return `\ufeff${rows.map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`
}

function cell(value: string | number | Date): string {
  if (typeof value === 'number') return String(value)
  const text = value instanceof Date ? value.toISOString() : value
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
