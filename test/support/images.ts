import { crc32, deflateSync } from 'node:zlib'
import sharp from 'sharp'

/** Pictures for tests, honest and hostile; all made here, so that nobody has to trust a file. */

/** A JPEG of noise, about as large as a photo of so many pixels; with an orientation and a place in its metadata. */
export function photo(width: number, height: number, orientation = 1): Promise<Buffer> {
  const noise = { type: 'gaussian', mean: 128, sigma: 30 } as const
  return sharp({ create: { width, height, channels: 3, background: 'gray', noise } })
    .withExif({ IFD0: { Copyright: 'secret owner' }, IFD3: { GPSLatitude: '37/1 33/1 0/1' } })
    .withMetadata({ orientation })
    .jpeg()
    .toBuffer()
}

export function plain(type: 'png' | 'webp' | 'gif' | 'jpeg', width = 40, height = 30): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background: '#2c6e49' } })
    .toFormat(type)
    .toBuffer()
}

/** A GIF of so many frames, each of another colour. */
export function moving(frames: number, side: number): Promise<Buffer> {
  const raw = Buffer.alloc(frames * side * side * 3)
  for (let frame = 0; frame < frames; frame++)
    raw.fill(frame * 40, frame * side * side * 3, (frame + 1) * side * side * 3)
  return sharp(raw, { raw: { width: side, height: side * frames, channels: 3, pageHeight: side } })
    .gif({ delay: Array(frames).fill(100) })
    .toBuffer()
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data])
  const frame = Buffer.alloc(8)
  frame.writeUInt32BE(data.length, 0)
  frame.writeUInt32BE(crc32(body), 4)
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)])
}

/** A small PNG that says it is huge; `lines` says how many lines of pixels really come. */
export function hugePng(width: number, height: number, lines = 1): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([1, 0, 0, 0, 0], 8)
  const data = deflateSync(Buffer.alloc(lines * (1 + Math.ceil(width / 8))))
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

const isoBox = (brand: string) => Buffer.from(`\0\0\0\x18ftyp${brand}\0\0\0\0mif1${brand}`, 'latin1')

/** What is refused by its first bytes, whatever its name says. */
export const foreignTypes: Record<string, Buffer> = {
  HEIC: isoBox('heic'),
  AVIF: isoBox('avif'),
  'TIFF (little endian)': Buffer.from('II*\0\x08\0\0\0'.padEnd(64, '\0'), 'latin1'),
  'TIFF (big endian)': Buffer.from('MM\0*\0\0\0\x08'.padEnd(64, '\0'), 'latin1'),
  PSD: Buffer.from('8BPS\0\x01'.padEnd(64, '\0'), 'latin1'),
  EPS: Buffer.from('%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n(/etc/passwd) (r) file', 'latin1'),
  PDF: Buffer.from('%PDF-1.7\n'.padEnd(64, ' '), 'latin1'),
  SVG: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
  BMP: Buffer.from('BM'.padEnd(64, '\0'), 'latin1'),
  ICO: Buffer.from('\0\0\x01\0\x01\0'.padEnd(64, '\0'), 'latin1'),
  'JPEG XL': Buffer.from('\xff\x0a'.padEnd(64, '\0'), 'latin1'),
  'JPEG 2000': Buffer.from('\0\0\0\x0cjP  \r\n\x87\n'.padEnd(64, '\0'), 'latin1'),
  MVG: Buffer.from("push graphic-context\nimage over 0,0 0,0 'https://example.org/x'\npop graphic-context"),
  HTML: Buffer.from('<!doctype html><script>alert(1)</script>'.padEnd(64)),
  'an address': Buffer.from('http://169.254.169.254/latest/meta-data/iam'),
  'a file address': Buffer.from('file:///etc/passwd#.png.png.png'),
  'a stream wrapper': Buffer.from('phar://uploads/picture.jpg/x.php'),
  nothing: Buffer.alloc(0),
  'three bytes': Buffer.from([0xff, 0xd8, 0xff]),
}
