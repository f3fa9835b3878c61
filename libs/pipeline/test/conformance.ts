import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { Failure } from '@soundalike/contracts'
import { createReconciler, stages, type Handler } from '../src/index.ts'
import { fingerprints, openHouse, source, until, type House, type Urls } from './house.ts'

/** What a suite knows of whatever keeps its queues, beyond what the pipeline says. */
export interface Fixture {
  readonly urls: () => Urls
  /** Where a worker of another process runs; not `urls` where only one process may have those. */
  readonly elsewhere: () => Urls
  /** Loses every job of every queue. */
  empty(house: House): Promise<void>
  /** Makes a waiting job look as if a worker took it and vanished, for the nth time. */
  lose(house: House, queue: string, jobId: string, times: number): Promise<void>
}

/** What a pipeline must do, whatever keeps its queues. */
export const conformance = (name: string, fixture: Fixture): void => {
  describe(`pipeline ${name}`, () => {
    let house: House
    beforeAll(async () => {
      house = await openHouse(fixture.urls())
    })
    beforeEach(() => fixture.empty(house))
    afterEach(() => house.stopRunners())
    afterAll(() => house.close())

    const fingerprint = fingerprints.spectrogram
    const enqueue = (trackIds: readonly string[], urgent = false) =>
      house.pipeline.enqueue(
        'spectrogram',
        trackIds.map((trackId) => ({ trackId, fingerprint })),
        { urgent },
      )
    const stateOf = (trackId: string) =>
      house.catalog.stageState(trackId, 'spectrogram', fingerprint)
    const waiting = async () => (await house.pipeline.counts('spectrogram')).waiting
    const idle = () =>
      until('an empty queue', async () => {
        const { waiting, active, delayed } = await house.pipeline.counts('spectrogram')
        return waiting + active + delayed === 0
      })
    const outcomes = async (): Promise<string> =>
      house.metrics.getSingleMetricAsString('soundalike_jobs_total')

    test('keeps a job once however often it is added', async () => {
      const [a = '', b = ''] = await house.addTracks(2)
      await enqueue([a, b, a])
      await Promise.all([enqueue([a]), enqueue([b, a])])
      expect(await waiting()).toBe(2)
      const handled: string[] = []
      await house.run('spectrogram', async ({ payload }) => void handled.push(payload.trackId))
      await idle()
      expect(handled).toEqual([a, b])
    })

    test('takes urgent jobs first, and the others in the order they came', async () => {
      const [a = '', b = '', c = '', d = ''] = await house.addTracks(4)
      await enqueue([a, b])
      await enqueue([c])
      await enqueue([d], true)
      const handled: string[] = []
      await house.run('spectrogram', async ({ payload }) => void handled.push(payload.trackId))
      await idle()
      expect(handled).toEqual([d, a, b, c])
    })

    test('follows what is urgent through every stage, ahead of what waits there', async () => {
      const [bulk = '', urgent = ''] = await house.addTracks(2)
      const modelId = 'model-1'
      const transcode = (trackId: string) => ({
        trackId,
        source,
        fingerprint: fingerprints.transcode,
      })
      await house.pipeline.enqueue('transcode', [transcode(bulk)])
      await enqueue([bulk])
      await house.pipeline.enqueue('embed', [{ trackId: bulk, modelId }])
      await house.pipeline.enqueue('transcode', [transcode(urgent)], { urgent: true })

      const order: string[] = []
      const handled = (stage: string, trackId: string): void => {
        order.push(`${stage} ${trackId === urgent ? 'urgent' : 'bulk'}`)
      }
      const transcodes = await house.run('transcode', async ({ payload: { trackId }, attempt }) => {
        handled('transcode', trackId)
        if (trackId === urgent && attempt === 1) throw new Failure('unavailable', 'not yet')
        return trackId === urgent
          ? [{ stage: 'spectrogram', payload: { trackId, fingerprint } }]
          : []
      })
      await until('the second attempt', () => order.length === 3)
      await transcodes.stop({ timeoutMs: 30_000 })
      const spectrograms = await house.run('spectrogram', async ({ payload: { trackId } }) => {
        handled('spectrogram', trackId)
        return trackId === urgent ? [{ stage: 'embed', payload: { trackId, modelId } }] : []
      })
      await until('mel images', () => order.length === 5)
      await spectrograms.stop({ timeoutMs: 30_000 })
      await house.run('embed', async ({ payload }) => handled('embed', payload.trackId))
      await until('vectors', () => order.length === 7)
      expect(order.shift()).toBe('transcode urgent')
      expect(order.splice(0, 2).sort()).toEqual(['transcode bulk', 'transcode urgent'])
      expect(order).toEqual([
        ...['spectrogram urgent', 'spectrogram bulk'],
        ...['embed urgent', 'embed bulk'],
      ])
    })

    test('holds back while the stage after its own has too much waiting', async () => {
      const [first = '', second = '', ...others] = await house.addTracks(6)
      await enqueue([first, second])
      const transcoded: string[] = []
      const runner = await house.run(
        'transcode',
        async ({ payload }) => void transcoded.push(payload.trackId),
        { maxBacklog: 2 },
      )
      const holding = async (): Promise<string> =>
        house.metrics.getSingleMetricAsString('soundalike_holding_back')
      await until('a held loop', async () => (await holding()).includes('} 1'))
      await house.pipeline.enqueue(
        'transcode',
        others.map((trackId) => ({ trackId, source, fingerprint: fingerprints.transcode })),
      )
      for (const beat of ['a beat', 'another one']) {
        let before = runner.heartbeatAgeMs()
        await until(beat, () => {
          const age = runner.heartbeatAgeMs()
          const younger = age < before
          before = age
          return younger
        })
      }
      // A fetch that was under way when the loop was held may still bring one.
      expect(transcoded.length).toBeLessThanOrEqual(1)

      await house.run('spectrogram', async () => undefined)
      await until('the rest', () => transcoded.length === others.length)
      expect(await holding()).toContain('} 0')
    })

    test('says how long the oldest job has been waiting', async () => {
      expect(await house.pipeline.backend.oldestWaiting('spectrogram')).toBeNull()
      const before = Date.now()
      await enqueue(await house.addTracks(2))
      const after = Date.now()
      await enqueue(await house.addTracks(1), true)
      const oldest = (await house.pipeline.backend.oldestWaiting('spectrogram')) ?? 0
      expect(oldest).toBeGreaterThanOrEqual(before)
      expect(oldest).toBeLessThanOrEqual(after)
      const metrics = await house.metrics.metrics()
      expect(metrics).toMatch(/soundalike_queue_jobs\{.*queue="spectrogram",state="waiting".*\} 3/)
      expect(metrics).toMatch(/soundalike_queue_oldest_waiting_seconds\{.*queue="spectrogram"/)
    })

    test('records success, then adds the jobs that follow', async () => {
      const [trackId = ''] = await house.addTracks(1)
      await house.run('transcode', async () => [
        { stage: 'spectrogram', payload: { trackId, fingerprint } },
      ])
      const job = { trackId, source, fingerprint: fingerprints.transcode }
      await house.pipeline.enqueue('transcode', [job])
      await until('the job that follows', async () => (await waiting()) === 1)
      expect(
        await house.catalog.stageState(trackId, 'transcode', fingerprints.transcode),
      ).toMatchObject({ state: 'done', code: null })
    })

    test('does nothing for a job whose work is done', async () => {
      const [trackId = ''] = await house.addTracks(1)
      await house.catalog.recordDone({ trackId, stage: 'spectrogram', fingerprint, seconds: 1 })
      let calls = 0
      await house.run('spectrogram', async () => void (calls += 1))
      await enqueue([trackId])
      await idle()
      expect(calls).toBe(0)
    })

    test('leaves alone what has failed for good, however often it is added', async () => {
      const [trackId = ''] = await house.addTracks(1)
      const failure = new Failure('not-audio', 'a web page')
      const key = { trackId, stage: 'spectrogram', fingerprint } as const
      await house.catalog.recordFailed({ ...key, seconds: 1, failure })
      let calls = 0
      await house.run('spectrogram', async () => void (calls += 1))
      await enqueue([trackId])
      await idle()
      expect(calls).toBe(0)
      expect(await stateOf(trackId)).toMatchObject({ state: 'failed', code: 'not-audio' })
    })

    test('tries again after a failure that may pass', async () => {
      const [trackId = ''] = await house.addTracks(1)
      const attempts: number[] = []
      await house.run('spectrogram', async ({ attempt }) => {
        attempts.push(attempt)
        if (attempt < 3) throw new Failure('unavailable', 'not yet')
      })
      await enqueue([trackId])
      await until('success', async () => (await stateOf(trackId))?.state === 'done')
      expect(attempts).toEqual([1, 2, 3])
    })

    test('records a failure that did not pass, after the last attempt', async () => {
      const [trackId = ''] = await house.addTracks(1)
      let calls = 0
      await house.run(
        'spectrogram',
        async () => {
          calls += 1
          throw new Error('who knows')
        },
        { backoffMs: 1 },
      )
      await enqueue([trackId])
      await until('a record', async () => (await stateOf(trackId)) !== null)
      expect(calls).toBe(stages.spectrogram.attempts)
      expect(await stateOf(trackId)).toMatchObject({
        state: 'failed',
        code: 'internal',
        reason: 'who knows',
      })
    })

    test('lets a queue rest when asked to, with no attempt spent', async () => {
      const [first = '', second = ''] = await house.addTracks(2)
      const handled: string[] = []
      const handler: Handler<'spectrogram'> = async ({ payload, attempt }) => {
        handled.push(`${payload.trackId} ${String(attempt)}`)
        if (handled.length > 1) return
        throw new Failure('rate-limited', 'too many requests', { retryAfterMs: 86_400_000 })
      }
      const runner = await house.run('spectrogram', handler)
      await enqueue([first, second])
      await until('a rest', async () => (await outcomes()).includes('outcome="rested"'))
      await until('the return of the job', async () => (await waiting()) === 2)
      await runner.stop({ timeoutMs: 0 })
      expect(handled).toEqual([`${first} 1`])
      await house.pipeline.rest('spectrogram', 1)
      await house.run('spectrogram', handler)
      await idle()
      expect(handled).toEqual([`${first} 1`, `${first} 1`, `${second} 1`])
    })

    test('puts a single job off when asked to, with no attempt spent', async () => {
      const [first = '', second = ''] = await house.addTracks(2)
      const handled: string[] = []
      await house.run('spectrogram', async ({ payload, attempt }) => {
        handled.push(`${payload.trackId} ${String(attempt)}`)
        if (handled.length > 1) return
        throw new Failure('unavailable', 'its host is left alone', { postponeMs: 300 })
      })
      await enqueue([first, second])
      await idle()
      expect(handled).toEqual([`${first} 1`, `${second} 1`, `${first} 1`])
    })

    test('spends attempts on whoever asks to wait again and again', async () => {
      const [trackId = ''] = await house.addTracks(1)
      let calls = 0
      await house.run(
        'spectrogram',
        async () => {
          calls += 1
          throw new Failure('rate-limited', 'too many requests', { retryAfterMs: 1 })
        },
        { backoffMs: 1 },
      )
      await enqueue([trackId])
      await until('a record', async () => (await stateOf(trackId))?.code === 'rate-limited')
      expect(calls).toBe(20 + stages.spectrogram.attempts)
    })

    test('records a permanent failure at once, and runs again when asked to', async () => {
      const [trackId = ''] = await house.addTracks(1)
      let calls = 0
      let sound = false
      await house.run('spectrogram', async () => {
        calls += 1
        if (!sound) throw new Failure('not-audio', 'a web page')
      })
      await enqueue([trackId])
      await until('a record', async () => (await stateOf(trackId))?.code === 'not-audio')
      await until(
        'the failed job',
        async () => (await house.pipeline.counts('spectrogram')).failed === 1,
      )
      expect(calls).toBe(1)

      sound = true
      await house.catalog.forget({ trackIds: [trackId] })
      await enqueue([trackId])
      await until('success', async () => (await stateOf(trackId))?.state === 'done')
      expect(calls).toBe(2)
    })

    test('has a missing input made again at once, and once', async () => {
      const [found = '', lost = ''] = await house.addTracks(2)
      const transcoded = { stage: 'transcode', fingerprint: fingerprints.transcode } as const
      await house.catalog.recordAllDone({ ...transcoded, trackIds: [found, lost], seconds: 0 })
      const transcodes: string[] = []
      await house.run('transcode', async ({ payload: { trackId } }) => {
        transcodes.push(trackId)
        return [{ stage: 'spectrogram', payload: { trackId, fingerprint } }]
      })
      await house.run(
        'spectrogram',
        async ({ payload: { trackId } }) => {
          if (trackId === lost || !transcodes.includes(trackId))
            throw new Failure('missing-input', 'no PCM')
        },
        {
          remake: async ({ trackId }) => ({
            stage: 'transcode',
            payload: { trackId, source, fingerprint: fingerprints.transcode },
          }),
        },
      )
      await enqueue([found, lost])
      await until('success', async () => (await stateOf(found))?.state === 'done')
      await until('a record', async () => (await stateOf(lost))?.code === 'missing-input')
      await until('the other one', () => transcodes.length === 2)
      await idle()
      expect(transcodes.sort()).toEqual([found, lost].sort())
    })

    test('cuts off an attempt that takes too long, also one that takes no notice', async () => {
      const [heeds = '', ignores = ''] = await house.addTracks(2)
      const reasons: unknown[] = []
      await house.run(
        'spectrogram',
        ({ payload, signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => {
              reasons.push(signal.reason)
              if (payload.trackId === heeds) reject(new Error('cut off'))
            })
          }),
        { timeoutMs: 20, backoffMs: 1 },
      )
      await enqueue([heeds, ignores])
      await until(
        'both records',
        async () => (await stateOf(ignores)) !== null && (await stateOf(heeds)) !== null,
      )
      expect(await stateOf(heeds)).toMatchObject({ state: 'failed', code: 'timed-out' })
      expect(await stateOf(ignores)).toMatchObject({ state: 'failed', code: 'timed-out' })
      expect(reasons).toHaveLength(2 * stages.spectrogram.attempts)
      expect(reasons[0]).toBeInstanceOf(Failure)
    })

    test('is not held by a catalog that does not answer, before its work or after', async () => {
      const [trackId = ''] = await house.addTracks(1)
      const hang = () => new Promise<never>(() => undefined)
      let hangs = 0
      const once = <Arguments extends unknown[], Result>(
        ask: (...about: Arguments) => Promise<Result>,
      ) => {
        let first = true
        return (...about: Arguments): Promise<Result> => {
          const answers = !first
          first = false
          if (!answers) hangs += 1
          return answers ? ask(...about) : hang()
        }
      }
      const stageState = once(house.catalog.stageState)
      const recordDone = once(house.catalog.recordDone)
      const catalog = { ...house.catalog, stageState, recordDone }
      await house.run('spectrogram', async () => {}, { catalog, storesTimeoutMs: 1_000 })
      await enqueue([trackId])
      await until('a record', async () => (await stateOf(trackId))?.state === 'done')
      expect(hangs).toBe(2)
    })

    test('survives jobs it cannot read', async () => {
      const [trackId = ''] = await house.addTracks(1)
      const queue = house.pipeline.backend.openQueue('spectrogram')
      const opts = { attempts: 3, removeOnComplete: true }
      await queue.addBulk([
        { name: 'spectrogram', data: { trackId: 7 }, opts },
        { name: 'spectrogram', data: {}, opts },
      ])
      await queue.close()
      await enqueue([trackId])
      await house.run('spectrogram', async () => undefined)
      await until('success', async () => (await stateOf(trackId))?.state === 'done')
      expect((await house.pipeline.counts('spectrogram')).failed).toBe(2)
    })

    test('passes over fields that a newer producer added', async () => {
      const [trackId = ''] = await house.addTracks(1)
      const queue = house.pipeline.backend.openQueue('spectrogram')
      const data = { trackId, fingerprint, colour: 'blue' }
      await queue.addBulk([{ name: 'spectrogram', data, opts: { removeOnComplete: true } }])
      await queue.close()
      await house.run('spectrogram', async () => undefined)
      await until('success', async () => (await stateOf(trackId))?.state === 'done')
    })

    test('wakes up for every job instead of looking now and then', async () => {
      // An idle worker looks every five seconds; twenty jobs, each after the one before, would outlast the test.
      const tracks = await house.addTracks(20)
      await house.run('spectrogram', async () => undefined)
      for (const trackId of tracks) {
        await enqueue([trackId])
        await until('success', async () => (await stateOf(trackId))?.state === 'done')
        await idle()
      }
    })

    test('shows signs of life while there is nothing to do', async () => {
      const runner = await house.run('spectrogram', async () => undefined)
      let before = runner.heartbeatAgeMs()
      await until('a younger heartbeat', () => {
        const age = runner.heartbeatAgeMs()
        const younger = age < before
        before = age
        return younger
      })
    })

    test('forgets a job about a track that is gone', async () => {
      await house.run('spectrogram', async () => {
        throw new Failure('unknown-track', 'no such track')
      })
      await enqueue(['t000000000000000000000000'])
      await until(
        'the failed job',
        async () => (await house.pipeline.counts('spectrogram')).failed === 1,
      )
    })

    test('records nothing of a job about a model that is gone', async () => {
      const [trackId = ''] = await house.addTracks(1)
      await house.run('spectrogram', async () => {
        throw new Failure('unknown-model', 'no such model')
      })
      await enqueue([trackId])
      await idle()
      expect(await stateOf(trackId)).toBeNull()
      expect((await house.pipeline.counts('spectrogram')).failed).toBe(0)
    })

    test('stops once the jobs in hand are done', async () => {
      const [first = '', second = ''] = await house.addTracks(2)
      const begun = Promise.withResolvers<void>()
      const finish = Promise.withResolvers<void>()
      const runner = await house.run('spectrogram', async () => {
        begun.resolve()
        await finish.promise
      })
      await enqueue([first, second])
      await begun.promise
      expect(runner.heartbeatAgeMs()).toBe(0)
      const stopped = runner.stop({ timeoutMs: 30_000 })
      finish.resolve()
      await stopped
      expect(await stateOf(first)).toMatchObject({ state: 'done' })
      expect(await stateOf(second)).toBeNull()
      expect(await waiting()).toBe(1)
    })

    test('returns the jobs in hand that are not done in time, with no attempt spent', async () => {
      const [trackId = ''] = await house.addTracks(1)
      const begun = Promise.withResolvers<AbortSignal>()
      const endless: Handler<'spectrogram'> = ({ signal }) => {
        begun.resolve(signal)
        return new Promise(() => undefined)
      }
      const runner = await house.run('spectrogram', endless)
      await enqueue([trackId])
      const signal = await begun.promise
      await runner.stop({ timeoutMs: 10 })
      expect(signal.aborted).toBe(true)
      expect(await house.pipeline.counts('spectrogram')).toMatchObject({ waiting: 1, active: 0 })

      const attempts: number[] = []
      await house.run('spectrogram', async ({ attempt }) => void attempts.push(attempt))
      await idle()
      expect(attempts).toEqual([1])
      expect(await outcomes()).toMatch(/stage="spectrogram",outcome="returned"/)
    })

    test('gives a job to another worker when the one that had it was killed', async () => {
      const { databaseUrl, queueUrl } = fixture.elsewhere()
      const script = fileURLToPath(new URL('./vanishing-worker.ts', import.meta.url))
      const worker = spawn(process.execPath, [script, databaseUrl, queueUrl], {
        env: { ...process.env, NODE_OPTIONS: '' },
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const [line] = (await once(worker.stdout, 'data')) as [Buffer]
      const trackId = line.toString().trim()
      worker.kill('SIGKILL')
      await once(worker, 'exit')

      const other = await openHouse(fixture.elsewhere())
      const attempts: number[] = []
      await other.run('spectrogram', async ({ attempt }) => void attempts.push(attempt))
      await until('success', async () => {
        const state = await other.catalog.stageState(trackId, 'spectrogram', fingerprint)
        return state?.state === 'done'
      })
      expect(attempts).toEqual([1])
      await other.close()
    })

    test('gives up a job that every worker was lost with', async () => {
      const [poison = '', sound = ''] = await house.addTracks(2)
      await enqueue([poison, sound])
      await fixture.lose(house, 'spectrogram', `spectrogram-${poison}-${fingerprint}`, 5)
      let calls = 0
      await house.run('spectrogram', async () => void (calls += 1))
      await until('a record', async () => (await stateOf(poison)) !== null)
      await until('success', async () => (await stateOf(sound))?.state === 'done')
      expect(await stateOf(poison)).toMatchObject({ state: 'failed', code: 'worker-lost' })
      expect(calls).toBe(1)
    })

    describe('reconciler', () => {
      const reconciler = () => createReconciler({ ...house, fingerprints })

      test('brings back every job of a queue that was lost, each once', async () => {
        const tracks = await house.addTracks(600)
        const transcoded = tracks.slice(0, 20)
        for (const trackId of transcoded)
          await house.catalog.recordDone({
            trackId,
            stage: 'transcode',
            fingerprint: fingerprints.transcode,
            seconds: 0,
          })
        const one = reconciler()
        const other = reconciler()
        await one.run()
        const before = await house.pipeline.counts('transcode')
        expect(before.waiting).toBeGreaterThanOrEqual(580)
        await fixture.empty(house)
        expect((await house.pipeline.counts('transcode')).waiting).toBe(0)

        await Promise.all([one.run(), other.run(), one.run()])
        expect(await house.pipeline.counts('transcode')).toEqual(before)

        const handled: string[] = []
        await house.run('spectrogram', async ({ payload }) => void handled.push(payload.trackId), {
          concurrency: 16,
        })
        await idle()
        const ours = handled.filter((trackId) => transcoded.includes(trackId))
        expect(ours.sort()).toEqual([...transcoded].sort())
        await one.run()
        expect(await waiting()).toBe(0)
      })
    })
  })
}
