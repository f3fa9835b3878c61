import type { AudioPool, DecodeLimits, Preset, StageFingerprints } from '@soundalike/audio'
import type { BlobStore } from '@soundalike/blobs'
import type { Catalog } from '@soundalike/catalog'
import type { Pipeline } from '@soundalike/pipeline'
import type { Log, Metrics } from '@soundalike/runtime'
import type { PreviewFiles, Sources } from '@soundalike/sources'
import type { VectorStore } from '@soundalike/vectors'

/** What the routes answer from. The gateway reads all of it and writes none. */
export interface GatewayPorts {
  catalog: Catalog
  blobs: BlobStore
  vectors: VectorStore
  /** Asked how far jobs are. */
  pipeline: Pick<Pipeline, 'underWay'>
  /** Sources that previews are opened from; tracks of others have no preview here. */
  sources: Sources
  /** Previews as the decoder reads them. */
  previewFiles: PreviewFiles
  /** Decodes and draws off the event loop. */
  audio: Pick<AudioPool, 'decode' | 'picturePng' | 'soundPicturePng'>
  /** What decoding one preview for a picture may cost. */
  decodeLimits: DecodeLimits
  /** Preset of the mel images that are shown. */
  preset: Preset
  /** What the catalog keeps the states of each stage under, as the house works now. */
  fingerprints: StageFingerprints
  log: Log
  metrics: Metrics
}
