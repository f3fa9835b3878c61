import { release, type AudioPool, type DecodeLimits, type Preset } from '@soundalike/audio'
import type { BlobStore } from '@soundalike/blobs'
import type { Catalog } from '@soundalike/catalog'
import { Failure, keys } from '@soundalike/contracts'
import type { Handler } from '@soundalike/pipeline'
import type { PreviewFiles, Sources } from '@soundalike/sources'

export interface TranscodePorts {
  sources: Sources
  previewFiles: PreviewFiles
  catalog: Catalog
  blobs: BlobStore
  audio: AudioPool
  preset: Preset
  melFingerprint: string
  limits: DecodeLimits
}

/** Preview → mono PCM at the preset's sample rate. */
export const createTranscodeHandler =
  (ports: TranscodePorts): Handler<'transcode'> =>
  async ({ payload, signal }) => {
    const { sources, previewFiles, catalog, blobs, audio, preset, limits, melFingerprint } = ports
    const track = await catalog.getTrack(payload.trackId)
    if (track === null) throw new Failure('unknown-track', `no track ${payload.trackId}`)
    const source = sources.get(track.source)
    if (source === undefined) {
      throw new Failure('unavailable', `this process has no source ${track.source}`)
    }
    const preview = await source.open(track, signal)
    const pcm = await previewFiles.use(preview, signal, (path) =>
      audio.decode({ path }, preset, limits, signal),
    )
    await blobs.put(
      keys.pcm(payload.fingerprint, track.id),
      new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength),
    )
    release(pcm)
    return [{ stage: 'spectrogram', payload: { trackId: track.id, fingerprint: melFingerprint } }]
  }
