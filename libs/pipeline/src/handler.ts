import type { StageName } from '@soundalike/contracts'
import type { Log } from '@soundalike/runtime'
import type { StagePayload, StagePayloadInit } from './stages.ts'

/** A job that another one gives rise to. */
export type FollowUp = {
  [Stage in StageName]: { readonly stage: Stage; readonly payload: StagePayloadInit<Stage> }
}[StageName]

/** What a handler is given. */
export interface HandlerJob<Stage extends StageName> {
  readonly payload: StagePayload<Stage>
  /** From 1. */
  readonly attempt: number
  /** Fires when the attempt has taken too long or the worker stops; what the handler does after counts no more. */
  readonly signal: AbortSignal
  /** Carries the job's id on every line. */
  readonly log: Log
  /**
   * Tells how far the job has come.
   *
   * @param fraction - 0…1
   */
  progress(fraction: number, detail?: object): Promise<void>
}

/**
 * The job that makes the input of another one again; null where that is not possible. Asked for once for each job
 * in the life of a process, when the input turns out to be gone.
 */
export type Remake<Stage extends StageName> = (
  payload: StagePayload<Stage>,
) => Promise<FollowUp | null>

/**
 * The work of one stage on one job. It may run twice for the same job, even at the same time, so its output
 * must come out the same however often it runs.
 *
 * Throws a `Failure` for what it can name; anything else counts as `internal`, which is tried again.
 */
export type Handler<Stage extends StageName> = (
  job: HandlerJob<Stage>,
) => Promise<readonly FollowUp[] | void>
