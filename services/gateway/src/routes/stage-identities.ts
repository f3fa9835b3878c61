import type { TrackStage } from '@soundalike/contracts'
import type { GatewayPorts } from '../ports.ts'

interface StageIdentity {
  stage: TrackStage
  /** What the catalog keeps the states of the stage under. */
  fingerprint: string
}

/**
 * The stages of a track's analysis, in order, as the house runs them now.
 *
 * @param modelId - whose vectors count; without one nothing is embedded
 */
export const stageIdentities = (
  { scrape, transcode, spectrogram }: GatewayPorts['fingerprints'],
  modelId: string | null,
): StageIdentity[] => [
  { stage: 'scrape', fingerprint: scrape },
  { stage: 'transcode', fingerprint: transcode },
  { stage: 'spectrogram', fingerprint: spectrogram },
  ...(modelId === null ? [] : [{ stage: 'embed' as const, fingerprint: modelId }]),
]
