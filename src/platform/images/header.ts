import type { FileHandle } from 'node:fs/promises'

export type ImageType = 'jpeg' | 'png' | 'gif' | 'webp'
export type ImageHeader = { type: ImageType; width: number; height: number }

/** Bytes that tell a type; with fewer there is no picture. */
export const magicLength = 12

/** The type by the first bytes, or null for everything that is not one of the four. Names and media types are never asked. */
export function imageTypeOf(start: Buffer): ImageType | null {
  if (start.length < magicLength) return null
  if (start[0] === 0xff && start[1] === 0xd8 && start[2] === 0xff) return 'jpeg'
  const text = start.toString('latin1', 0, magicLength)
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'png'
  if (/^GIF8[79]a/.test(text)) return 'gif'
  if (text.startsWith('RIFF') && text.endsWith('WEBP')) return 'webp'
  return null
}

type Read = (position: number, length: number) => Promise<Buffer>

/**
 * Type, width and height as the file's header says, read without any decoder. Null when the file is none of the four
 * or its header is broken or cut off.
 */
export async function readImageHeader(file: FileHandle): Promise<ImageHeader | null> {
  const read: Read = async (position, length) => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position)
    return buffer.subarray(0, bytesRead)
  }
  const start = await read(0, 64)
  const type = imageTypeOf(start)
  if (!type) return null
  const size = type === 'jpeg' ? await jpegSize(read) : sizeIn[type](start)
  if (!size || size.width < 1 || size.height < 1) return null
  return { type, ...size }
}

type Size = { width: number; height: number }

const sizeIn = { png: pngSize, gif: gifSize, webp: webpSize }

/** PNG (ISO/IEC 15948): the first chunk is IHDR, 13 bytes long. */
function pngSize(start: Buffer): Size | null {
  if (start.length < 33 || start.readUInt32BE(8) !== 13 || start.toString('latin1', 12, 16) !== 'IHDR')
    return null
  return { width: start.readUInt32BE(16), height: start.readUInt32BE(20) }
}

/** GIF89a: the logical screen. */
function gifSize(start: Buffer): Size | null {
  if (start.length < 13) return null
  return { width: start.readUInt16LE(6), height: start.readUInt16LE(8) }
}

/** WebP (RFC 9649): the first chunk is VP8, VP8L or VP8X. */
function webpSize(start: Buffer): Size | null {
  if (start.length < 30) return null
  switch (start.toString('latin1', 12, 16)) {
    case 'VP8 ':
      if (start.readUIntBE(23, 3) !== 0x9d012a) return null
      return { width: start.readUInt16LE(26) & 0x3fff, height: start.readUInt16LE(28) & 0x3fff }
    case 'VP8L': {
      if (start[20] !== 0x2f) return null
      const bits = start.readUInt32LE(21)
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 }
    }
    case 'VP8X':
      return { width: start.readUIntLE(24, 3) + 1, height: start.readUIntLE(27, 3) + 1 }
    default:
      return null
  }
}

/** More segments than any camera or program writes before the picture itself. */
const mostSegments = 400

/** JPEG (ITU T.81): segments are skipped by their length until a start of frame says the size. */
async function jpegSize(read: Read): Promise<Size | null> {
  let position = 2
  for (let segment = 0; segment < mostSegments; segment++) {
    const bytes = await read(position, 9)
    const marker = bytes[1]
    if (bytes.length < 9 || bytes[0] !== 0xff || marker === undefined) return null
    // A marker may be preceded by any number of fill bytes.
    if (marker === 0xff) {
      position += 1
      continue
    }
    if (isStartOfFrame(marker)) return { height: bytes.readUInt16BE(5), width: bytes.readUInt16BE(7) }
    // The picture begins or ends before its size was said.
    if (marker === 0xda || marker === 0xd9) return null
    const isBare = marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)
    const length = isBare ? 0 : bytes.readUInt16BE(2)
    if (!isBare && length < 2) return null
    position += 2 + length
  }
  return null
}

/** C0 to CF but C4 (Huffman tables), C8 (reserved) and CC (arithmetic coding). */
function isStartOfFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
}
