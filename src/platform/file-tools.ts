import { join } from 'node:path'
import { CardPainter } from './cards/painter.ts'
import { ImageDecoder } from './images/decoder.ts'
import type { Storage } from './storage/shapes.ts'
import { openStorage } from './storage/storage.ts'
import { Turns } from './turns.ts'

/** What taking and giving files needs, made once: where they lie, who decodes them, how much is allowed. */
export type FileTools = {
  storage: Storage
  decoder: ImageDecoder
  /** Draws the pictures that stand beside links to pages. */
  cards: CardPainter
  /** Uploads that are being received: each holds some memory, whoever waits next to none. */
  receiving: Turns
  /** For uploads under way; made at the first one. */
  folder: string
  /** Bytes of one upload, and of everything that one member stores. */
  maxBytes: number
  memberBytes: number
} & Disposable

export type FileSettings = {
  dataDir: string
  s3Url: string | null
  maxImageBytes: number
  memberStorageBytes: number
}

/** A turn lasts no longer than a request may take (30 s), so that slow senders pass. */
const receiving = { atOnce: 24, perKey: 4, patience: 25_000 } as const

/** Opens nothing yet: folders and the decoder come with the first upload. */
export function openFileTools(settings: FileSettings): FileTools {
  const folder = join(settings.dataDir, 'uploads')
  const decoder = new ImageDecoder({ folder })
  const cards = new CardPainter({ folder: join(settings.dataDir, 'cards') })
  return {
    storage: openStorage({ folder: join(settings.dataDir, 'files'), s3Url: settings.s3Url }),
    decoder,
    cards,
    receiving: new Turns(receiving),
    folder,
    maxBytes: settings.maxImageBytes,
    memberBytes: settings.memberStorageBytes,
    [Symbol.dispose]: () => {
      decoder[Symbol.dispose]()
      cards[Symbol.dispose]()
    },
  }
}
