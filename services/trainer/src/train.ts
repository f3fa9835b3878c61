import type { BlobStore } from '@soundalike/blobs'
import type { Catalog, Lease } from '@soundalike/catalog'
import { Failure, keys, type TrainJob } from '@soundalike/contracts'
import {
  bundleFileNames,
  bundleFiles,
  readBundle,
  trainModel,
  type ModelBundle,
} from '@soundalike/model'
import type { Handler, HandlerJob, Reconciler } from '@soundalike/pipeline'
import type { VectorStore } from '@soundalike/vectors'
import { openDiskCache } from './disk-cache.ts'
import { reportFiles } from './report.ts'
import { sampleTracks, type SampledTrack } from './sample.ts'
import { withTrainingLease } from './training-lease.ts'
import { openTrainingRun, type TrainingRun } from './training-run.ts'

export interface TrainPorts {
  catalog: Catalog
  blobs: BlobStore
  vectors: VectorStore
  /** Told when a model is there, so that everything is embedded with it at once. */
  reconciler: Pick<Reconciler, 'run'>
  preset: string
  maxTracks: number
  threads: number
  /** Where mel images are kept while a run asks for them again and again, and how much of them. */
  cache: { readonly folder: string; readonly maxBytes: number }
}

const MIN_TRACKS = 8

/** Mel images → model bundle, whose space then fills beside the live one. One at a time in the whole library. */
export const createTrainHandler =
  (ports: TrainPorts): Handler<'train'> =>
  async (job) => {
    await withTrainingLease(ports.catalog, job.signal, job.log, async (lease, signal) => {
      const run = openTrainingRun(ports.blobs, job.payload.runId, lease)
      if (!(await isTrained(ports.catalog, job.payload.runId)))
        await train(ports, { ...job, signal }, run, lease)
      await run.clear()
    })
    await ports.reconciler.run().catch((error: unknown) => {
      job.log.warn({ err: error }, 'embedding begins with the next comparison')
    })
  }

const train = async (
  ports: TrainPorts,
  { payload, signal, log, progress }: HandlerJob<'train'>,
  run: TrainingRun,
  lease: Lease,
): Promise<void> => {
  const { catalog, blobs, maxTracks } = ports
  const tracks = await run.sample(() => chooseTracks(catalog, payload, maxTracks))
  const fetchImage = async (id: string): Promise<Uint8Array> => {
    const image = await blobs.get(keys.mel(payload.fingerprint, id))
    if (image !== null) return image
    await run.forgetSample()
    throw await lostImage(ports, payload.fingerprint, id)
  }
  const startFrom = await readStart(blobs, payload)
  await using cache = await openDiskCache(ports.cache.folder, ports.cache.maxBytes)
  const bundle = await trainModel({
    images: {
      count: tracks.length,
      artist: (index) => tracks[index]?.artist ?? '',
      load: (index) => cache.get(index, () => fetchImage(tracks[index]?.id ?? '')),
    },
    preset: { name: ports.preset, fingerprint: payload.fingerprint },
    architecture: payload.architecture,
    ...(startFrom === null ? {} : { startFrom }),
    seed: payload.seed,
    budgetSeconds: payload.budgetSeconds,
    // The published model's; twice as many take a quarter more memory. More than two threads get 16 each.
    batchSize: 32,
    threads: ports.threads,
    licences: countLicences(tracks),
    checkpoints: run,
    signal,
    onProgress: (epoch) => {
      log.info(epoch, 'epoch done')
      const fraction = 1 - epoch.secondsLeft / payload.budgetSeconds
      void progress(Math.min(1, Math.max(0, fraction)), epoch).catch(() => undefined)
    },
  })
  bundle.manifest.runId = payload.runId
  await putFiles(blobs, bundle.manifest.id, reportFiles(bundle))
  await keepModel(ports, bundle, lease)
}

const chooseTracks = async (
  catalog: Catalog,
  payload: TrainJob,
  maxTracks: number,
): Promise<SampledTrack[]> => {
  const tracks = await sampleTracks(catalog, payload, maxTracks)
  if (tracks.length >= MIN_TRACKS) return tracks
  throw new Failure(
    'library-too-small',
    `${String(tracks.length)} tracks may be learned from, at least ${String(MIN_TRACKS)} are needed`,
  )
}

/** Whether an earlier attempt of the run died between keeping its model and ending. */
const isTrained = async (catalog: Catalog, runId: string): Promise<boolean> =>
  (await catalog.models()).some(({ manifest }) => manifest.runId === runId)

/** Has the image made again; the next attempt samples without it, or with the new one. */
const lostImage = async (
  { catalog }: TrainPorts,
  fingerprint: string,
  trackId: string,
): Promise<Failure> => {
  await catalog.forgetDone({ trackId, stage: 'spectrogram', fingerprint })
  return new Failure('unavailable', `the mel image of track ${trackId} was lost and is made again`)
}

/** The model that training starts from, where the job names one. */
const readStart = async (
  blobs: BlobStore,
  { startFrom, fingerprint }: TrainJob,
): Promise<ModelBundle | null> => {
  if (startFrom === '') return null
  const files = await Promise.all(
    bundleFileNames.map(
      async (file) => [file, await blobs.get(keys.model(startFrom, file))] as const,
    ),
  )
  return readBundle(Object.fromEntries(files), fingerprint)
}

const countLicences = (tracks: readonly SampledTrack[]): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const { licence } of tracks) {
    const name = licence || 'not stated'
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

/**
 * Makes a model known, its space still empty. Files first and the catalog's row last: one the catalog knows is whole.
 *
 * @param lease - under which it was trained
 * @throws Failure `unavailable` when somebody else has taken the lease since
 */
export const keepModel = async (
  { catalog, blobs, vectors }: Pick<TrainPorts, 'catalog' | 'blobs' | 'vectors'>,
  bundle: ModelBundle,
  lease?: Lease,
): Promise<void> => {
  const { id, vectorSize } = bundle.manifest
  await putFiles(blobs, id, bundleFiles(bundle))
  await vectors.createSpace(id, vectorSize)
  await catalog.addModel(bundle.manifest, 'filling', lease)
}

const putFiles = async (
  blobs: BlobStore,
  modelId: string,
  files: Readonly<Record<string, Uint8Array>>,
): Promise<void> => {
  for (const [file, bytes] of Object.entries(files))
    await blobs.put(keys.model(modelId, file), bytes)
}
