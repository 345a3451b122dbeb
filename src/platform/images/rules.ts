/** What the server sends to the decoder, and what comes back. Both sides know nothing else of each other. */
export type DecodeJob = {
  id: number
  /** Path of the uploaded file. */
  source: string
  /** Folder for the results: SIZE.webp each. */
  folder: string
  shape: ImageShape
}

/** `whole`: as it is, in up to three sizes; `square`: cut to a square, for avatars; `logo`: whole within a square, in all sizes. */
export type ImageShape = 'whole' | 'square' | 'logo'

export type DecodedImage = {
  /** Of the largest size, in pixels, after the camera's turn. */
  width: number
  height: number
  /** The sizes written, by longest side, smallest first. The last one may be smaller than it says: nothing is enlarged. */
  sizes: number[]
  /** Bytes of all sizes together. */
  bytes: number
}

/** Longest sides in pixels. */
export const imageSizes: Record<ImageShape, readonly number[]> = {
  whole: [320, 960, 1920],
  square: [64, 256],
  logo: [64, 192, 512],
}

export const imageLimits = {
  /** Pixels on one side. */
  side: 12_000,
  pixels: 50_000_000,
  /** Pixels of all frames together; what has more stands still. */
  movingPixels: 15_000_000,
  frames: 200,
} as const
