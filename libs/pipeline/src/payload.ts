import { create, fromJson, toJson, type JsonObject } from '@bufbuild/protobuf'
import { Failure, type StageName } from '@soundalike/contracts'
import { stages, type StageDefinition, type StagePayload, type StagePayloadInit } from './stages.ts'

/** A payload in the form it travels in, with what its queue needs to know of it. */
export interface Encoded {
  readonly queue: string
  readonly jobId: string
  readonly data: JsonObject
}

/** @throws Failure `bad-job` when the payload names nothing that can have a job */
export const encodePayload = <Stage extends StageName>(
  stage: Stage,
  init: StagePayloadInit<Stage>,
): Encoded => {
  const definition: StageDefinition<Stage> = stages[stage]
  const payload = create(definition.schema, init)
  return {
    queue: definition.queueOf(payload),
    jobId: definition.jobId(payload),
    // Of a message that is not one of protobuf's own, JSON is always an object.
    data: toJson(definition.schema, payload) as JsonObject,
  }
}

/**
 * A payload as it arrives. Fields that a newer producer added are passed over.
 *
 * @throws Failure `bad-job` when it does not fit the contract of the stage
 */
export const decodePayload = <Stage extends StageName>(
  stage: Stage,
  data: JsonObject,
): StagePayload<Stage> => {
  const definition: StageDefinition<Stage> = stages[stage]
  try {
    const payload: StagePayload<Stage> = fromJson(definition.schema, data, {
      ignoreUnknownFields: true,
    })
    definition.queueOf(payload)
    definition.jobId(payload)
    return payload
  } catch (error) {
    if (error instanceof Failure) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new Failure('bad-job', `not a ${stage} job: ${reason}`, { cause: error })
  }
}
