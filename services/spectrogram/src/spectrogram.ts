import { release, type AudioPool, type Preset } from '@soundalike/audio'
import type { BlobStore } from '@soundalike/blobs'
import type { Catalog } from '@soundalike/catalog'
import { Failure, keys } from '@soundalike/contracts'
import { modelsInUse, type Handler, type Remake } from '@soundalike/pipeline'

export interface SpectrogramPorts {
  catalog: Catalog
  blobs: BlobStore
  audio: AudioPool
  preset: Preset
  pcmFingerprint: string
}

/** PCM → mel image; then the PCM is deleted, and every model in use that reads such images gets to see it. */
export const createSpectrogramHandler =
  (ports: SpectrogramPorts): Handler<'spectrogram'> =>
  async ({ payload, signal }) => {
    const { catalog, blobs, audio, preset, pcmFingerprint } = ports
    const { trackId, fingerprint } = payload
    const pcmKey = keys.pcm(pcmFingerprint, trackId)
    const melKey = keys.mel(fingerprint, trackId)
    const pcm = await blobs.get(pcmKey)
    if (pcm !== null) {
      await blobs.put(melKey, await audio.melImage(samplesOf(pcm), preset, signal))
      release(pcm)
      await blobs.delete(pcmKey)
    } else if (!(await blobs.has(melKey))) {
      // An earlier attempt that died after deleting the PCM left the image; else there is nothing to work on.
      throw new Failure('missing-input', `no PCM of track ${trackId}`)
    }
    return modelsInUse(await catalog.models())
      .filter(({ manifest }) => manifest.fingerprint === fingerprint)
      .map(({ manifest }) => ({ stage: 'embed', payload: { trackId, modelId: manifest.id } }))
  }

/** PCM that is gone can be made again from the preview. */
export const createPcmRemake =
  ({
    catalog,
    pcmFingerprint,
  }: Pick<SpectrogramPorts, 'catalog' | 'pcmFingerprint'>): Remake<'spectrogram'> =>
  async ({ trackId }) => {
    const track = await catalog.getTrack(trackId)
    if (track === null) return null
    const payload = { trackId, source: track.source, fingerprint: pcmFingerprint }
    return { stage: 'transcode', payload }
  }

/** Bytes of a blob as samples; copied where they do not start on an even address. */
const samplesOf = (bytes: Uint8Array): Int16Array => {
  const aligned = bytes.byteOffset % 2 === 0 ? bytes : bytes.slice()
  return new Int16Array(aligned.buffer, aligned.byteOffset, aligned.byteLength >> 1)
}
