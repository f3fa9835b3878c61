import type { BackendFactory, IQueueBackend, Job, Queue, WorkerOptions } from 'bullmq'
import type { JsonObject } from '@bufbuild/protobuf'

/** BullMQ's job as it is in every queue of the house. */
export type QueueJob = Job<JsonObject, void>

export type Processor = (job: QueueJob, token?: string) => Promise<void>

/** BullMQ's queue, whatever it is kept in. */
export interface JobQueue extends Pick<
  Queue<JsonObject, void>,
  | 'add'
  | 'addBulk'
  | 'close'
  | 'getJob'
  | 'getJobCounts'
  | 'getRanges'
  | 'rateLimit'
  | 'remove'
  | 'setGlobalRateLimit'
> {
  on(event: 'error', listener: (error: Error) => void): unknown
}

/** BullMQ's worker, whatever its queue is kept in. */
export interface JobWorker {
  waitUntilReady(): Promise<void>
  run(): Promise<void>
  pause(doNotWaitActive?: boolean): Promise<void>
  resume(): Promise<void>
  /** @param force - cuts the connections, whatever is under way */
  close(force?: boolean): Promise<void>
  on(event: 'error', listener: (error: Error) => void): unknown
  on(
    event: 'failed',
    listener: (job: QueueJob | undefined, error: Error, previous: string) => void,
  ): unknown
  on(event: 'stalled', listener: (jobId: string, previous: string) => void): unknown
}

export type JobWorkerOptions = Omit<WorkerOptions, 'connection' | 'prefix' | 'autorun'>

/** What keeps the queues: Redis or PostgreSQL. */
export interface QueueBackend {
  openQueue(name: string): JobQueue
  /**
   * A worker that has not begun to fetch.
   *
   * @param beat - called each time the worker looks for work
   */
  openWorker(
    name: string,
    processor: Processor,
    options: JobWorkerOptions,
    beat: () => void,
  ): JobWorker
  /** When the longest waiting job of a queue was added, in milliseconds since 1970; null when none waits. */
  oldestWaiting(queue: string): Promise<number | null>
  /** @throws Error when the backend does not answer */
  ping(): Promise<void>
  close(): Promise<void>
}

/** A BullMQ backend that tells each time a worker looks for work through it. */
export const withHeartbeat =
  <Backend extends IQueueBackend, Connection>(
    create: BackendFactory<Backend, Connection>,
    beat: () => void,
  ): BackendFactory<Backend, Connection> =>
  (name, options, role) => {
    const backend = create(name, options, role)
    const waitForJob = backend.waitForJob.bind(backend)
    const moveToActive = backend.moveToActive.bind(backend)
    backend.waitForJob = (blockTimeout) => {
      beat()
      return waitForJob(blockTimeout)
    }
    backend.moveToActive = (token, worker) => {
      beat()
      return moveToActive(token, worker)
    }
    return backend
  }
