import type { Catalog } from '@soundalike/catalog'
import { failureKinds } from '@soundalike/contracts'
import { Problem } from '../http/problems.ts'
import type { GatewayPorts } from '../ports.ts'
import { stageIdentities } from './stage-identities.ts'

/**
 * Why a track has no result of its analysis: a stage failed, or it has not come that far.
 *
 * @param modelId - whose vector is missing; null where the mel image is
 */
export const whyNotAnalysed = async (
  { catalog, fingerprints }: Pick<GatewayPorts, 'catalog' | 'fingerprints'>,
  trackId: string,
  modelId: string | null,
): Promise<Problem> => {
  for (const { stage, fingerprint } of stageIdentities(fingerprints, modelId)) {
    const state = await catalog.stageState(trackId, stage, fingerprint)
    if (state?.state === 'failed' || state?.state === 'skipped') {
      return failed(stage, state)
    }
  }
  return new Problem('not-analysed', 'This track has not been analysed yet.')
}

type StageState = NonNullable<Awaited<ReturnType<Catalog['stageState']>>>

/** The stored reason may name a path of the machine; what goes out is the general words for its code. */
const failed = (stage: string, { code }: StageState): Problem => {
  const kind = code === null ? undefined : failureKinds[code]
  return new Problem(
    'analysis-failed',
    `The ${stage} stage could not use this track: ${kind?.cause ?? 'no reason is known.'}`,
    { remedy: kind?.remedy },
  )
}
