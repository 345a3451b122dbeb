import { isIP } from 'node:net'
import type { SMTPTransportOptions } from 'nodemailer'
import { html } from './html.ts'
import { cleanLine } from './text.ts'

export type MailSettings = { url: string; from: string }
export type Mail = {
  to: string
  fromName: string
  subject: string
  text: string
  html: string
  /** Where the reader's mail program ends such mails with one press, without signing in (RFC 8058). */
  unsubscribe?: string
}

/** Why a mail did not go out, as far as the other side let us see. */
export type MailProblem =
  | 'no-host'
  | 'refused'
  | 'timeout'
  | 'tls-expected'
  | 'tls-not-spoken'
  | 'certificate'
  | 'auth'
  | 'addresses'
  | 'other'

/** Expected of the outside world, so a value. `answer` is what the server, or else the connection, said last. */
export type Sent = { ok: true; answer: string } | { ok: false; problem: MailProblem; answer: string }

export type MailRoute = { host: string; port: number; secure: boolean; user: string | null }

/** What SMTP_URL says: smtps speaks TLS from the first byte, smtp begins plain and goes over to TLS. */
export function routeOf(url: string): MailRoute {
  const { protocol, hostname, port, username } = new URL(url)
  const secure = protocol === 'smtps:'
  const user = username ? decodeURIComponent(username) : null
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || (secure ? 465 : 587), secure, user }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

function optionsOf(url: string): SMTPTransportOptions {
  const { host, port, secure, user } = routeOf(url)
  const pass = decodeURIComponent(new URL(url).password)
  return {
    host,
    port,
    secure,
    ...(user === null ? {} : { auth: { user, pass } }),
    // A password goes over no plain connection but within this machine.
    requireTLS: user !== null && !isLoopback(host),
    tls: { rejectUnauthorized: !isLoopback(host) },
    connectionTimeout: 10_000,
    greetingTimeout: 5_000,
    socketTimeout: 20_000,
    dnsTimeout: 5_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  }
}

/** Sends one mail over a connection of its own. Takes 20 s at most; the library is loaded by the first mail. */
export async function sendMail(settings: MailSettings, mail: Mail): Promise<Sent> {
  const { createTransport } = await import('nodemailer')
  const transport = createTransport(optionsOf(settings.url))
  try {
    const sent = await transport.sendMail({
      from: { name: cleanLine(mail.fromName), address: settings.from },
      to: { name: '', address: mail.to },
      subject: cleanLine(mail.subject),
      text: mail.text,
      html: mail.html,
      headers: { 'auto-submitted': 'auto-generated', ...unsubscribing(mail.unsubscribe) },
    })
    return { ok: true, answer: sent.response }
  } catch (error) {
    return { ok: false, ...explain(error) }
  } finally {
    transport.close()
  }
}

function unsubscribing(href: string | undefined): Record<string, string> {
  if (href === undefined) return {}
  return { 'list-unsubscribe': `<${href}>`, 'list-unsubscribe-post': 'List-Unsubscribe=One-Click' }
}

const byCode: Record<string, MailProblem> = {
  EDNS: 'no-host',
  ENOTFOUND: 'no-host',
  EAI_AGAIN: 'no-host',
  ECONNREFUSED: 'refused',
  ETIMEDOUT: 'timeout',
  EAUTH: 'auth',
  ENOAUTH: 'auth',
  EENVELOPE: 'addresses',
  ETLS: 'tls-not-spoken',
}

function explain(error: unknown): { problem: MailProblem; answer: string } {
  if (!(error instanceof Error)) return { problem: 'other', answer: '' }
  const response = 'response' in error && typeof error.response === 'string' ? error.response : error.message
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return { problem: problemOf(code, error.message), answer: cleanLine(response).slice(0, 500) }
}

function problemOf(code: string, message: string): MailProblem {
  if (/certificate|altnames|self.signed/i.test(message)) return 'certificate'
  // TLS from the first byte met a server that begins plain, and the other way about: that one waits for a greeting.
  if (/wrong version number|packet length too long/i.test(message)) return 'tls-not-spoken'
  if (/greeting never received/i.test(message)) return 'tls-expected'
  if (/ECONNREFUSED/.test(message)) return 'refused'
  return byCode[code] ?? 'other'
}

export type Letter = {
  language: string
  /** Paragraphs before the link. */
  lines: readonly string[]
  /** A list under them, each with the place that it leads to. */
  items?: readonly { text: string; href: string; note?: string }[]
  link?: { href: string; label: string }
  /** Small print after it. */
  after: readonly string[]
  /** Links in the small print. */
  ways?: readonly { href: string; label: string }[]
}

/** A letter as plain text and as HTML that asks for nothing from elsewhere. */
export function compose(letter: Letter): { text: string; html: string } {
  const { language, lines, items = [], link, after, ways = [] } = letter
  const listed = items.map(({ text, href, note }) => [`* ${text}`, note, href].filter(Boolean).join('\n  '))
  const small = ways.map(({ href, label }) => `${label}\n${href}`)
  const text = [
    ...lines,
    ...listed,
    ...(link ? [`${link.label}\n${link.href}`] : []),
    ...after,
    ...small,
  ].join('\n\n')
  const paragraph = (line: string) => html`<p>${line}</p>\n`
  const page = html`<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"></head>
<body style="font-family:sans-serif;line-height:1.6;max-width:36em">
${lines.map(paragraph)}${
  items.length > 0 &&
  html`<ul>${items.map(
    ({ text, href, note }) => html`<li><a href="${href}">${text}</a>${note && html`<br>${note}`}</li>\n`,
  )}</ul>\n`
}${
  link && html`<p><a href="${link.href}">${link.label}</a></p>\n<p><small>${link.href}</small></p>\n`
}${after.map((line) => html`<p><small>${line}</small></p>\n`)}${ways.map(
  ({ href, label }) => html`<p><small><a href="${href}">${label}</a></small></p>\n`,
)}</body></html>
`
  return { text: `${text}\n`, html: page.text }
}

/** A name that somebody chose, for a mail: what reads as an address ("pay.example") is not made a link by mail programs. */
export function plainName(name: string): string {
  return cleanLine(name).replace(/([.:/@])(?=\S)/g, '$1\u2060')
}
