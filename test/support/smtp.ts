import type { AddressInfo } from 'node:net'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'

export type ReceivedMail = { from: string; to: string[]; raw: string; header: string; text: string }

export type TestSmtp = { url: string; port: number; mails: ReceivedMail[] } & AsyncDisposable

/** A real SMTP server on a free port of this machine that keeps what it gets. */
export async function startSmtp(options: SMTPServerOptions = {}): Promise<TestSmtp> {
  const mails: ReceivedMail[] = []
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    logger: false,
    onData: (stream, session, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const raw = Buffer.concat(chunks).toString('utf8')
        const { mailFrom, rcptTo } = session.envelope
        const from = mailFrom === false ? '' : (mailFrom?.address ?? '')
        mails.push({ from, to: rcptTo.map((one) => one.address), raw, ...partsOf(raw) })
        done()
      })
    },
    ...options,
  })
  // A client that hangs up is what some tests are about.
  server.on('error', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const { port } = server.server.address() as AddressInfo
  return {
    url: `smtp://127.0.0.1:${port}`,
    port,
    mails,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

/** The header, and the text of all parts decoded. */
function partsOf(raw: string): { header: string; text: string } {
  const [header = ''] = raw.split('\r\n\r\n', 1)
  const bodies = raw.split(/\r\n--[^\r\n]+/).map((part) => {
    const end = part.indexOf('\r\n\r\n')
    const [head, body] = [part.slice(0, end), part.slice(end + 4)]
    if (/transfer-encoding: base64/i.test(head)) return Buffer.from(body, 'base64').toString('utf8')
    if (/transfer-encoding: quoted-printable/i.test(head)) return fromQuotedPrintable(body)
    return body
  })
  return { header: header.replace(/\r\n\s+/g, ' '), text: bodies.join('\n') }
}

function fromQuotedPrintable(text: string): string {
  const bytes = text
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString('utf8')
}

/** The first address in a mail whose path begins so. */
export function linkIn(mail: ReceivedMail | undefined, path: string): string {
  return new RegExp(`https?://[^\\s"<]+(${path}/[\\w-]+)`).exec(mail?.text ?? '')?.[1] ?? ''
}
