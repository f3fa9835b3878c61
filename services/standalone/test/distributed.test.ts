import { afterAll, describe, expect, it } from '@jest/globals'
import { fingerprintsOf, presetNamed } from '@soundalike/audio'
import { openDatabase } from '@soundalike/database'
import { openPipeline } from '@soundalike/pipeline'
import { createLog, createMetrics, readConfig } from '@soundalike/runtime'
import { freePort, serverOrSkip, startPostgres, startRedis, untilReady } from '@soundalike/testkit'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { makeSyntheticMusic } from '../src/sample-music/synthetic.ts'

const suite = 'every service as a process of its own'
const postgres = await serverOrSkip(suite, startPostgres)
const redis = postgres && (await serverOrSkip(suite, startRedis))

const services = ['scraper', 'transcoder', 'spectrogram', 'trainer', 'embedder', 'gateway']
const STYLES = 3
const TRACKS_PER_STYLE = 5

interface Similar {
  similar: { track: { title: string }; similarity: number; axes: { time: number } }[]
}

if (postgres !== null && redis !== null) {
  const folder = await mkdtemp(join(tmpdir(), 'soundalike-distributed-'))
  const processes: ChildProcess[] = []

  afterAll(async () => {
    for (const child of processes) child.kill('SIGTERM')
    for (const child of processes) if (child.exitCode === null) await once(child, 'exit')
    await rm(folder, { recursive: true, force: true })
    await redis.stop()
    await postgres.stop()
  })

  describe(suite, () => {
    it('takes tracks from file to recommendation over Redis and PostgreSQL', async () => {
      const port = await freePort()
      const size = { styles: STYLES, tracksPerStyle: TRACKS_PER_STYLE }
      const environment = {
        ...process.env,
        NODE_OPTIONS: '',
        DATA_DIR: join(folder, 'data'),
        DATABASE_URL: postgres.url,
        QUEUE_URL: redis.url,
        BLOBS_URL: pathToFileURL(join(folder, 'blobs')).href,
        MUSIC_PATH: await makeSyntheticMusic(join(folder, 'music'), size),
        PORT: String(port),
        RECONCILE_INTERVAL_SECONDS: '1',
        LOG_LEVEL: 'warn',
        CPU_THREADS: '1',
      }
      for (const service of services) {
        const main = fileURLToPath(new URL(`../../${service}/src/main.ts`, import.meta.url))
        processes.push(
          spawn(process.execPath, [main], {
            env: environment,
            stdio: ['ignore', 'inherit', 'inherit'],
          }),
        )
      }

      const get = async <Answer>(path: string): Promise<Answer> => {
        const response = await fetch(`http://127.0.0.1:${String(port)}${path}`)
        if (!response.ok) throw new Error(`${path}: ${String(response.status)}`)
        return (await response.json()) as Answer
      }
      const total = STYLES * TRACKS_PER_STYLE
      await untilReady(
        'mel images',
        async () => {
          const { stages } = await get<{ stages: { stage: string; done: number }[] }>('/v1/status')
          const done = stages.find(({ stage }) => stage === 'spectrogram')?.done
          if (done !== total) throw new Error(`${String(done)} of ${String(total)} tracks`)
        },
        120_000,
      )

      await enqueueTraining(postgres.url, redis.url)
      const { tracks } = await get<{ tracks: { id: string; title: string }[] }>('/v1/tracks')
      expect(tracks).toHaveLength(total)
      const similarTo = (id: string) => get<Similar>(`/v1/tracks/${id}/similar?limit=4`)
      await untilReady('a live model', () => similarTo(tracks[0]?.id ?? ''), 120_000)

      // "Synthetic 2.4" is the fourth track of the second style: its likes are of that style.
      const styleOf = (title: string): string => title.split('.', 1)[0] ?? ''
      let alike = 0
      for (const { id, title } of tracks) {
        const { similar } = await similarTo(id)
        expect(similar).toHaveLength(4)
        expect(similar.map(({ track }) => track.title)).not.toContain(title)
        const similarities = similar.map(({ similarity }) => similarity)
        expect(similarities).toEqual([...similarities].sort((a, b) => b - a))
        alike += similar.filter(({ track }) => styleOf(track.title) === styleOf(title)).length
      }
      // By chance it would be 4 of 14.
      expect(alike / (4 * total)).toBeGreaterThan(0.6)
      expect(processes.map((child) => child.exitCode)).toEqual(services.map(() => null))
    }, 300_000)
  })
}

/** What an operator's command does: asks the trainer for a model. */
const enqueueTraining = async (databaseUrl: string, queueUrl: string): Promise<void> => {
  const database = await openDatabase(databaseUrl)
  const log = createLog('test', readConfig({ LOG_LEVEL: 'warn' }))
  const pipeline = await openPipeline({ queueUrl, database, log, metrics: createMetrics('test') })
  try {
    await pipeline.enqueue('train', [
      {
        runId: 'first',
        fingerprint: fingerprintsOf(presetNamed('seed-v1')).spectrogram,
        architecture: 'two-axis-light',
        seed: 1,
        budgetSeconds: 10,
      },
    ])
  } finally {
    await pipeline.close()
    await database.close()
  }
}
