import { openBlobs } from '@soundalike/blobs'
import { failureKinds, keys, trackId, type Track } from '@soundalike/contracts'
import { createHousekeeping } from '@soundalike/pipeline'
import { createLog, readConfig } from '@soundalike/runtime'
import { openPreviewFiles } from '@soundalike/sources'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Cluster } from './cluster.ts'
import { goalsOf, modelsInUse } from './settle.ts'

/** What became of the library. */
export interface Verdict {
  /** Tracks that are not where they should have ended, or whose output is gone. */
  readonly lost: number
  /** Tracks, states and vectors that are there more than once. */
  readonly doubled: number
  /** Blobs that belonged to nothing and were swept. */
  readonly swept: number
  /** Anything else that is not as it should be, in words. */
  readonly problems: readonly string[]
}

/** Looks at every store and at the API, once all is at rest. */
export const judge = async (cluster: Cluster): Promise<Verdict> => {
  const swept = await sweep(cluster)
  const doubles = await doubledOf(cluster)
  const lost = await lostOf(cluster)
  const problems = [
    ...doubles.problems,
    ...[...lost].slice(0, 3).map(([id, why]) => `${id}: ${why}`),
    ...(await orphansOf(cluster)),
    ...(await temporaryFilesOf(cluster)),
    ...(await wrongInApi(cluster).catch((error: unknown) => [`the API: ${String(error)}`])),
  ]
  return { lost: lost.size, doubled: doubles.count, swept, problems }
}

const idsOf = ({ source }: Cluster, names: readonly string[]): string[] =>
  names.map((name) => trackId(source, name))

const PAGE_TRACKS = 500

async function* allTracks({ stores }: Cluster): AsyncGenerator<Track> {
  for (let offset = 0; ; offset += PAGE_TRACKS) {
    const { tracks } = await stores.catalog.searchTracks({ query: '', limit: PAGE_TRACKS, offset })
    yield* tracks
    if (tracks.length < PAGE_TRACKS) return
  }
}

const doneAt = async (
  { stores }: Cluster,
  stage: { stage: 'scrape' | 'transcode' | 'spectrogram' | 'embed'; fingerprint: string },
): Promise<Set<string>> => {
  const ids = new Set<string>()
  let afterId: string | undefined
  for (;;) {
    const page = await stores.catalog.done({
      ...stage,
      limit: PAGE_TRACKS,
      ...(afterId === undefined ? {} : { afterId }),
    })
    for (const { id } of page) ids.add(id)
    afterId = page.at(-1)?.id
    if (page.length < PAGE_TRACKS) return ids
  }
}

/** Why, by track. */
const lostOf = async (cluster: Cluster): Promise<Map<string, string>> => {
  const { catalog, vectors, blobs } = cluster.stores
  const { fingerprints, library } = cluster
  const lost = new Map<string, string>()
  const good = idsOf(cluster, library.good)

  for (const { stage, fingerprint } of await goalsOf(cluster)) {
    const done = await doneAt(cluster, { stage, fingerprint })
    for (const id of good) if (!done.has(id)) lost.set(id, `not done at ${stage}`)
  }
  for (const id of good)
    if (!(await blobs.has(keys.mel(fingerprints.spectrogram, id)))) lost.set(id, 'no mel image')
  for (const model of await modelsInUse(catalog))
    for (const id of good) if ((await vectors.get(model, id)) === null) lost.set(id, 'no vector')

  for (const id of idsOf(cluster, library.bad)) {
    const state = await catalog.stageState(id, 'transcode', fingerprints.transcode)
    const code = state?.state === 'failed' ? state.code : null
    if (code === null || !failureKinds[code].permanent) lost.set(id, 'not told that it is no sound')
  }
  return lost
}

const doubledOf = async (cluster: Cluster): Promise<{ count: number; problems: string[] }> => {
  const { catalog, vectors } = cluster.stores
  const { good, bad } = cluster.library
  const problems: string[] = []
  const countMore = (what: string, found: number, wanted: number): number => {
    if (found > wanted) problems.push(`${what}: ${String(found)} where ${String(wanted)} belong`)
    return Math.max(0, found - wanted)
  }

  const tracks = await Array.fromAsync(allTracks(cluster))
  let count = countMore('tracks', tracks.length, good.length + bad.length)
  for (const goal of await goalsOf(cluster)) {
    const { done, failed } = await catalog.stageCounts(goal.stage, goal.fingerprint)
    count += countMore(`${goal.stage} counts`, done + failed, goal.done + goal.failed)
  }
  for (const model of await modelsInUse(catalog))
    count += countMore('vectors', await vectors.count(model), good.length)
  return { count, problems }
}

/** What a scraper does now and then; nothing is under way, so no blob is too young for it. */
const sweep = ({ stores, fingerprints }: Cluster): Promise<number> =>
  createHousekeeping({
    ...stores,
    fingerprints,
    keepPreviousModels: 1,
    minAgeSeconds: 0,
    log: createLog('chaos', { LOG_LEVEL: 'silent' }),
  }).sweep()

/** Blobs that belong to nothing in the catalog. */
const orphansOf = async (cluster: Cluster): Promise<string[]> => {
  const { blobs, catalog } = cluster.stores
  const { library, fingerprints } = cluster
  const images = idsOf(cluster, library.good).map((id) => keys.mel(fingerprints.spectrogram, id))
  const models = (await catalog.models()).map(({ manifest }) => keys.model(manifest.id, ''))
  const belonging = new Set(images)
  const orphans: string[] = []
  for await (const { key } of blobs.list('')) {
    if (belonging.has(key) || models.some((folder) => key.startsWith(folder))) continue
    orphans.push(key)
  }
  if (orphans.length === 0) return []
  return [`${String(orphans.length)} orphan blobs, one of them ${orphans[0] ?? ''}`]
}

/** Temporary files that are left when those of the dead have been swept, as every process does at its start. */
const temporaryFilesOf = async ({ folder }: Cluster): Promise<string[]> => {
  const data = join(folder, 'data')
  await openPreviewFiles(readConfig({ DATA_DIR: data }, {}))
  const folders = [join(data, 'downloads'), join(folder, 'tmp')]
  if (await hasFolder(join(folder, 'blobs'))) {
    const again = await openBlobs(pathToFileURL(join(folder, 'blobs')).href)
    await again.close()
    folders.push(join(folder, 'blobs', '.writing'))
  }
  const found = (await Promise.all(folders.map(namesIn))).flat()
  if (found.length === 0) return []
  return [`${String(found.length)} temporary files, one of them ${found[0] ?? ''}`]
}

const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => [])

const hasFolder = (folder: string): Promise<boolean> =>
  readdir(folder).then(
    () => true,
    () => false,
  )

interface Status {
  readonly tracks: number
  readonly stages: readonly { readonly stage: string; readonly done: number }[]
}

/** What the API tells its users, where it is not so. */
const wrongInApi = async (cluster: Cluster): Promise<string[]> => {
  const url = cluster.workersOf('gateway')[0]?.url()
  if (!url) return ['the gateway is not up']
  const ready = await fetch(`${url}/health/ready`)
  if (!ready.ok) return [`the gateway is not ready: ${await ready.text()}`]
  const { tracks, stages } = (await (await fetch(`${url}/v1/status`)).json()) as Status
  const { good, bad } = cluster.library
  const wrong = stages.filter(({ stage, done }) => stage !== 'scrape' && done !== good.length)
  if (tracks === good.length + bad.length && wrong.length === 0) return []
  return [`/v1/status says ${String(tracks)} tracks, ${JSON.stringify(stages)}`]
}
