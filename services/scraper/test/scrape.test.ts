import { create } from '@bufbuild/protobuf'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { openCatalog, type Catalog } from '@soundalike/catalog'
import { ScrapeJobSchema, scrapeFingerprint } from '@soundalike/contracts'
import { openDatabase, type Database } from '@soundalike/database'
import { openPipeline, type Pipeline } from '@soundalike/pipeline'
import { createLog, createMetrics } from '@soundalike/runtime'
import { createFolderSource, type Source } from '@soundalike/sources'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createScrapeHandler } from '../src/scrape.ts'

const log = createLog('test', { LOG_LEVEL: 'silent' })
let folder: string
let source: Source
let database: Database
let catalog: Catalog
let pipeline: Pipeline

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'soundalike-scrape-'))
  for (let n = 0; n < 130; n++) await writeFile(join(folder, `${String(n)}.mp3`), 'x')
  await mkdir(join(folder, 'album.mp3'))
  source = await createFolderSource(folder)
  database = await openDatabase('pglite:memory')
  catalog = await openCatalog(database)
  pipeline = await openPipeline({
    queueUrl: 'database:',
    database,
    log,
    metrics: createMetrics('test'),
  })
})
afterAll(async () => {
  await pipeline.close()
  await database.close()
  await rm(folder, { recursive: true, force: true })
})

const loseJobs = () => database.pool.query('delete from bullmq.job')

/** What the reconciler would add jobs for. */
const pendingFiles = async (): Promise<string[]> => {
  const pending = await catalog.pending({
    stage: 'transcode',
    fingerprint: 'f1',
    after: { stage: 'scrape', fingerprint: scrapeFingerprint },
    limit: 1000,
  })
  return pending.map(({ locator }) => locator)
}

const walk = async (from: Source, signal: AbortSignal, over = pipeline): Promise<void> => {
  const handler = createScrapeHandler({
    sources: new Map([[from.id, from]]),
    catalog,
    pipeline: over,
    pcmFingerprint: 'f1',
  })
  const payload = create(ScrapeJobSchema, { source: source.id })
  await handler({ payload, attempt: 1, signal, log, progress: () => Promise.resolve() })
}

describe('scrape', () => {
  it('goes on after an interruption, doubles nothing, and finds what is new the next time', async () => {
    const interruption = new AbortController()
    const interrupted: Source = {
      ...source,
      async *walk(cursor, signal) {
        for await (const page of source.walk(cursor, signal)) {
          yield page
          interruption.abort(new Error('killed'))
          signal.throwIfAborted()
        }
      },
    }
    await expect(walk(interrupted, interruption.signal)).rejects.toThrow('killed')
    expect(await catalog.countTracks()).toBe(100)
    expect(await catalog.cursor(source.id)).toMatchObject({ complete: false })

    await walk(source, new AbortController().signal)
    expect(await catalog.countTracks()).toBe(131)
    expect((await pipeline.counts('transcode')).waiting).toBe(130)
    expect(await catalog.cursor(source.id)).toMatchObject({ complete: true })
    expect(await catalog.stageCounts('scrape', scrapeFingerprint)).toMatchObject({
      done: 130,
      failed: 1,
    })

    const whileWalking: unknown[] = []
    const observed: Source = {
      ...source,
      async *walk(cursor, signal) {
        whileWalking.push(cursor, (await catalog.cursor(source.id))?.complete)
        yield* source.walk(cursor, signal)
      },
    }
    await walk(observed, new AbortController().signal)
    expect(whileWalking).toEqual([null, false])

    await loseJobs()
    await writeFile(join(folder, '007.mp3'), 'x')
    await walk(source, new AbortController().signal)
    expect(await catalog.countTracks()).toBe(132)
    expect((await pipeline.counts('transcode')).waiting).toBe(1)
  })

  it('loses no track when it dies before their jobs are added', async () => {
    await loseJobs()
    await writeFile(join(folder, '008.mp3'), 'x')
    const away = { ...pipeline, enqueue: () => Promise.reject(new Error('killed')) }
    await expect(walk(source, new AbortController().signal, away)).rejects.toThrow('killed')
    await walk(source, new AbortController().signal)
    expect(await pendingFiles()).toContainEqual(expect.stringMatching(/008\.mp3$/))
  })

  it('adds no job while enough of them wait, and leaves the tracks to the reconciler', async () => {
    await loseJobs()
    await writeFile(join(folder, '009.mp3'), 'x')
    const counts = { waiting: 10_000, active: 0, delayed: 0, failed: 0 }
    const full = { ...pipeline, counts: () => Promise.resolve(counts) }
    await walk(source, new AbortController().signal, full)
    expect((await pipeline.counts('transcode')).waiting).toBe(0)
    expect(await pendingFiles()).toContainEqual(expect.stringMatching(/009\.mp3$/))
  })

  it('walks a source once however often the scraper starts', async () => {
    for (let start = 0; start < 3; start++)
      await pipeline.enqueue('scrape', [{ source: source.id }])
    expect((await pipeline.counts('scrape')).waiting).toBe(1)
  })

  it('says that a source is not configured here', async () => {
    const other = { ...source, id: 'folder-00000000' }
    await expect(walk(other, new AbortController().signal)).rejects.toMatchObject({
      code: 'unavailable',
    })
  })
})
