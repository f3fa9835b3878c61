import { keys } from '@soundalike/contracts'
import { z } from 'zod'
import { defineRoute } from '../http/route.ts'
import type { GatewayPorts } from '../ports.ts'
import { findTrack } from './find-track.ts'
import { trackParams } from './schemas.ts'
import { whyNotAnalysed } from './why-not.ts'

type SpectrogramPorts = Pick<
  GatewayPorts,
  'catalog' | 'blobs' | 'audio' | 'preset' | 'fingerprints'
>

export const spectrogramRoutes = (ports: SpectrogramPorts) => [
  defineRoute({
    path: '/v1/tracks/{id}/spectrogram.png',
    id: 'getSpectrogram',
    summary: 'The mel spectrogram that the model sees: time to the right, low notes at the bottom',
    tag: 'library',
    params: trackParams,
    answers: { 200: { description: 'Picture', contentType: 'image/png', schema: z.unknown() } },
    problems: ['unknown-track', 'not-analysed', 'analysis-failed'],
    async handle({ params, response, signal }) {
      const { catalog, blobs, audio, preset, fingerprints } = ports
      const { id } = await findTrack(catalog, params.id)
      const melImage = await blobs.get(keys.mel(fingerprints.spectrogram, id))
      if (melImage === null) throw await whyNotAnalysed(ports, id, null)
      const png = await audio.picturePng(melImage, preset, signal)
      response.type('png').send(Buffer.from(png.buffer, png.byteOffset, png.byteLength))
      return null
    },
  }),
]
