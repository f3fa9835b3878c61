import type { FailureCode, SourceKind, Track } from '@soundalike/contracts'
import type { Readable } from 'node:stream'

/** An entry of a source that looks like a track and cannot be one. */
export interface Refusal {
  track: Track
  code: FailureCode
  reason: string
}

/** Part of a walk. */
export interface Page {
  tracks: Track[]
  refused: Refusal[]
  /** Where a later walk goes on after this page. */
  cursor: string
}

/** The sound of one track, opened but not yet read. */
export interface Preview {
  /** File on this machine that may be read in place; null where the bytes come from elsewhere. */
  path: string | null
  /** Null where the source does not say before it sends. */
  sizeBytes: number | null
  /**
   * Reads the bytes; call it once. What comes from elsewhere may fail midway, with a Failure as from opening it.
   *
   * @param range - first and last byte, both included; the whole preview by default
   */
  stream(range?: { first: number; last: number }): Readable
  /** Lets go of a preview that is not read after all. */
  close(): Promise<void>
}

/** One catalogue of music. */
export interface Source {
  /** As `sourceId` of the contracts makes it. */
  readonly id: string
  readonly kind: SourceKind
  /** For people, e.g. the folder's path. */
  readonly label: string
  /**
   * Walks the catalogue in a fixed order.
   *
   * @param cursor - of the last page that was kept; null to start over
   */
  walk(cursor: string | null, signal: AbortSignal): AsyncIterable<Page>
  /**
   * Opens a track's preview. Resolves what expires (signed URLs) as late as this.
   *
   * @throws Failure `no-preview`, `not-a-file`, `forbidden` or `unavailable`; for a preview on the web also
   * `too-large`, `address-refused`, `too-many-redirects` or `rate-limited`
   */
  open(track: Track, signal: AbortSignal): Promise<Preview>
}
