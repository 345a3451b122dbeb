/**
 * Font faces for Hangul out of the pieces that the Noto Sans KR package ships (Google's cut: piece 119 holds the most
 * frequent syllables, 100-118 the next ones, the rest in order of code points).
 *
 * Two families. `Madang KR` has the eight most frequent pieces: 800 syllables, 98-99 % of Korean running text, 127 kB when
 * all of them are loaded. `Madang KR Rest` has everything else and stands behind the system's Korean fonts, so it is
 * loaded only by machines that have none. Latin comes from the system.
 *
 * @returns the faces, and the files of the first family
 */
export function hangulFaces(
  packageCss: string,
  addressOf: (file: string) => string,
): { css: string; often: string[] } {
  const pieces = readPieces(packageCss)
  const often = pieces.filter((piece) => piece.number >= 112)
  const seldom = pieces.filter((piece) => piece.number >= 100 && piece.number < 112)
  const ordered = pieces.filter((piece) => piece.number < 100)
  const addresses = often.map((piece) => addressOf(piece.file))
  const faces = often.map((piece, index) => face('Madang KR', addresses[index] ?? '', piece.ranges))
  // A face that comes later wins where ranges overlap: the closed gaps of the ordered pieces belong to the seldom ones.
  const taken = pointsOf([...often, ...ordered])
  for (const piece of ordered)
    faces.push(face('Madang KR Rest', addressOf(piece.file), closeGaps(piece.ranges, taken)))
  for (const piece of seldom) faces.push(face('Madang KR Rest', addressOf(piece.file), piece.ranges))
  return { css: faces.join('\n'), often: addresses }
}

type Range = [first: number, last: number]
type Piece = { number: number; file: string; ranges: Range[] }

/** From the first Hangul letter on; Latin, Greek and punctuation stay with the system's fonts. */
const firstHangul = 0x1100

function readPieces(css: string): Piece[] {
  const pieces: Piece[] = []
  for (const [block] of css.matchAll(/@font-face\s*\{[^}]*\}/g)) {
    const file = /files\/([\w-]+\.woff2)/.exec(block)?.[1]
    const number = Number(/-(\d+)-wght/.exec(file ?? '')?.[1] ?? Number.NaN)
    const list = /unicode-range:\s*([^;]+);/.exec(block)?.[1]
    if (!file || Number.isNaN(number) || !list) continue
    const ranges = list
      .split(',')
      .map(toRange)
      .filter(([first]) => first >= firstHangul && !isPunctuation(first))
    if (ranges.length > 0) pieces.push({ number, file, ranges })
  }
  return pieces
}

function isPunctuation(point: number): boolean {
  return point >= 0x2000 && point < 0x2e80
}

function toRange(text: string): Range {
  const [first = '', last = first] = text.trim().slice(2).split('-')
  return [Number.parseInt(first, 16), Number.parseInt(last, 16)]
}

/** Which code points some piece holds: 1 at each of them. */
function pointsOf(pieces: readonly Piece[]): Uint8Array {
  const points = new Uint8Array(0x110000)
  for (const { ranges } of pieces) for (const [first, last] of ranges) points.fill(1, first, last + 1)
  return points
}

/** Joins a piece's ranges where nothing between them belongs to another piece: less text, the same choice. */
function closeGaps(ranges: readonly Range[], taken: Uint8Array): Range[] {
  const joined: Range[] = []
  for (const [first, last] of ranges) {
    const before = joined.at(-1)
    if (before && !taken.subarray(before[1] + 1, first).includes(1)) before[1] = last
    else joined.push([first, last])
  }
  return joined
}

function face(family: string, address: string, ranges: Range[]): string {
  const list = ranges.map(([a, b]) =>
    a === b ? `U+${a.toString(16)}` : `U+${a.toString(16)}-${b.toString(16)}`,
  )
  return `@font-face{font-family:"${family}";font-display:swap;font-weight:100 900;src:url(${address});unicode-range:${list}}`
}
