import { mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { checkFile, openFolder } from './source-files.ts'
import { readRows } from './xml-rows.ts'

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'madang-rows-')))
afterAll(() => rmSync(folder, { recursive: true }))

async function read(content: string | Buffer, name = 'Posts.xml') {
  writeFileSync(join(folder, name), content)
  const found: string[] = []
  const on = {
    read: () => {},
    broken: (line: number, why: string) => void found.push(`${line} broken: ${why}`),
  }
  for await (const row of readRows(await checkFile(folder, name), on))
    found.push(`${row.line} ${JSON.stringify(row.values)}`)
  return found
}

describe('rows', () => {
  test('with a byte-order mark, CRLF, an external DOCTYPE and several lines', async () => {
    const text =
      '\ufeff<?xml version="1.0" encoding="utf-8"?>\r\n<!DOCTYPE posts SYSTEM "http://x.example/posts.dtd">\r\n<posts>\r\n<row Id="1"\r\n A="x&#xA;&lt;y" />\r\n<row Id="2"/></posts>'
    expect(await read(text)).toEqual(['4 {"Id":"1","A":"x\\n<y"}', '6 {"Id":"2"}'])
  })

  test('of a large file that is one line', async () => {
    const rows = Array.from({ length: 40_000 }, (_, i) => `<row Id="${i}" B="${'x'.repeat(1000)}"/>`)
    rows[7] = '<row Id="7" B="broken />'
    const found = await read(`<posts>${rows.join('')}</posts>`)
    expect(found).toHaveLength(40_000)
    expect(found[7]).toMatch(/^1 broken/)
    expect(found.at(-1)).toMatch(/^1 \{"Id":"39999"/)
  })

  test('from a gzip, and in UTF-16', async () => {
    expect(await read(gzipSync('<posts><row Id="1"/></posts>'), 'Posts.xml.gz')).toEqual(['1 {"Id":"1"}'])
    expect(await read(Buffer.from('\ufeff<posts><row Id="가"/></posts>', 'utf16le'))).toEqual([
      '1 {"Id":"가"}',
    ])
  })

  test('control characters, which XML forbids and dumps hold, are left out', async () => {
    expect(await read('<posts><row A="a&#x1F;b\u0008c&#0;d"/></posts>')).toEqual(['1 {"A":"abcd"}'])
  })
})

describe('broken rows are told with their line, and reading goes on', () => {
  test.each([
    [
      'a quote that never closes',
      '<posts>\n<row Id="1" B="a />\n<row Id="2"/>\n</posts>',
      ['2 broken: not well-formed: disallowed character.', '3 {"Id":"2"}'],
    ],
    [
      'a bare ampersand',
      '<posts>\n<row A="a & b"/>\n<row Id="2"/>\n</posts>',
      ['2 broken: not well-formed: undefined entity.', '3 {"Id":"2"}'],
    ],
    [
      'an unknown entity',
      '<posts>\n<row A="&file;"/>\n<row Id="2"/>\n</posts>',
      ['2 broken: not well-formed: undefined entity.', '3 {"Id":"2"}'],
    ],
    [
      'an attribute twice',
      '<posts>\n<row Id="1" Id="2"/>\n<row Id="3"/>\n</posts>',
      ['2 broken: not well-formed: duplicate attribute: Id.', '3 {"Id":"3"}'],
    ],
    [
      'a file cut off',
      '<posts>\n<row Id="1"/>\n<row Id="2" B="x',
      ['2 {"Id":"1"}', '3 broken: the row does not end (the file ends at line 3)'],
    ],
    [
      'junk before',
      'hello\n<row Id="1"/>\n',
      ['1 broken: not well-formed: text data outside of root node.', '2 {"Id":"1"}'],
    ],
    ['nothing', '', []],
  ])('%s', async (_name, text, expected) => {
    expect(await read(text)).toEqual(expected)
  })
})

describe('hostile files are refused', () => {
  test.each([
    [
      'an external entity',
      '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><posts><row A="&x;"/></posts>',
      /declares entities/,
    ],
    [
      'an entity bomb',
      '<!DOCTYPE a [\n<!ENTITY a "aaaa">\n<!ENTITY b "&a;&a;">\n]>\n<posts/>',
      /declares entities/,
    ],
    [
      'a parameter entity',
      '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://x.example/">%x;]><posts/>',
      /declares entities/,
    ],
    ['deep nesting', '<a>'.repeat(1000), /nested too deeply/],
    ['a line without end', 'x'.repeat(33_000_000), /longer than/],
  ])('%s', async (_name, text, message) => {
    await expect(read(text)).rejects.toThrow(message)
  })

  test('a gzip that unpacks to far more than it should', async () => {
    const bomb = gzipSync(`<posts>${`<row A="${'x'.repeat(9980)}"/>\n`.repeat(8000)}`)
    await expect(read(bomb, 'Bomb.xml.gz')).rejects.toThrow(/unpacks to far more/)
  })

  test('a gzip that was cut off gives what it holds and says so', async () => {
    const text = `<posts>\n${Array.from({ length: 20_000 }, (_, i) => `<row Id="${i}" B="${Math.sin(i)}"/>\n`).join('')}</posts>`
    const whole = gzipSync(text)
    const found = await read(whole.subarray(0, whole.length >> 1), 'Half.xml.gz')
    expect(found.length).toBeGreaterThan(5000)
    expect(found.find((row) => row.includes('broken'))).toMatch(/cannot be unpacked further: unexpected end/)
  })

  test('a gzip that is none', async () => {
    await expect(read('<posts/>', 'Plain.xml.gz')).rejects.toThrow(/cannot be read/)
  })

  test('links out of the folder, folders in the place of files, archives', async () => {
    symlinkSync('/etc/passwd', join(folder, 'Users.xml'))
    await expect(checkFile(folder, 'Users.xml')).rejects.toThrow(/out of the folder/)
    await expect(checkFile(folder, '../../etc/passwd')).rejects.toThrow()
    writeFileSync(join(folder, 'dump.7z'), '7z')
    await expect(openFolder(join(folder, 'dump.7z'))).rejects.toThrow(/Unpack it/)
    await expect(openFolder(join(folder, 'Posts.xml'))).rejects.toThrow(/a folder was expected/)
    await expect(openFolder(join(folder, 'nothing'))).rejects.toThrow(/no such folder/)
  })
})
