import { Failure } from '@soundalike/contracts'
import type { StagePayloadInit } from '@soundalike/pipeline'
import type { Config } from '@soundalike/runtime'
import { setTimeout as sleep } from 'node:timers/promises'
import type { House } from '../house.ts'
import { installBoxModel } from '../models/install-box-model.ts'
import type { Display, StageLine } from './display.ts'

const POLL_MS = 250

/** How far the per-track stages are. */
const ingestLines = async ({ stores: { catalog }, fingerprints }: House) => {
  const counts = async (stage: 'scrape' | 'transcode' | 'spectrogram') =>
    catalog.stageCounts(stage, fingerprints[stage])
  const [scrape, transcode, spectrogram] = await Promise.all([
    counts('scrape'),
    counts('transcode'),
    counts('spectrogram'),
  ])
  return [
    { name: 'scrape', ...scrape, total: scrape.done + scrape.failed },
    { name: 'transcode', ...transcode, total: scrape.done },
    { name: 'spectrogram', ...spectrogram, total: transcode.done },
  ] satisfies StageLine[]
}

const settled = (lines: readonly StageLine[]): boolean =>
  lines.every(({ done, failed, total }) => done + failed >= total)

/**
 * Waits until every source is walked and every track has its mel image or a failure.
 *
 * @throws Failure of a walk that failed; `library-too-small` where no track came through
 */
export const ingest = async (house: House, display: Display): Promise<void> => {
  await house.reconciler.run()
  for (;;) {
    const walked = await sourcesWalked(house)
    const lines = await ingestLines(house)
    display.show(lines)
    if (walked && settled(lines)) break
    await sleep(POLL_MS)
  }
  display.clear()
  const { done } = await house.stores.catalog.stageCounts(
    'spectrogram',
    house.fingerprints.spectrogram,
  )
  if (done === 0) {
    throw new Failure(
      'library-too-small',
      'not one track could be read; is this a folder of music?',
    )
  }
}

/** The scraper's start left a job for each source, so where there is none any more, a walk has ended since. */
const sourcesWalked = async ({ stores, sources }: House): Promise<boolean> => {
  for (const source of sources.keys()) {
    const job = await stores.pipeline.job('scrape', { source })
    if (job?.state === 'failed' && job.failure !== null) throw job.failure
    if (job !== null || (await stores.catalog.cursor(source))?.complete !== true) return false
  }
  return true
}

/** Gives a library without a model the one in the box, so that its tracks get their vectors as they come in. */
export const takeModelFromBox = async (
  { stores, fingerprints }: House,
  display: Display,
): Promise<void> => {
  const id = await installBoxModel(stores, fingerprints.spectrogram)
  if (id !== null) display.say(`Taking the model in the box, ${id}`)
}

const FIRST_RUN = 'first'

/**
 * Has a first model trained on the library and shows how the loss falls. Done once, however often it is asked for.
 *
 * @param wanted - also where the library has a model that was trained elsewhere
 */
export const trainFirstModel = async (
  house: House,
  config: Config,
  wanted: boolean,
  display: Display,
): Promise<void> => {
  const models = await house.stores.catalog.models()
  const sufficient = wanted ? models.filter(({ manifest }) => manifest.runId === FIRST_RUN) : models
  if (sufficient.length > 0) return
  const job = {
    runId: FIRST_RUN,
    fingerprint: house.fingerprints.spectrogram,
    architecture: config.TRAIN_ARCHITECTURE,
    seed: config.TRAIN_SEED,
    budgetSeconds: config.TRAIN_BUDGET_SECONDS,
  }
  display.say(
    `Training a first model on this library (at most ${String(config.TRAIN_BUDGET_SECONDS)} s) …`,
  )
  await train(house, job, display)
}

/**
 * Has a model trained and shows how the loss falls, until the catalog knows the model.
 *
 * @returns id of the model
 * @throws Failure of a run that failed; `bad-model` where it ended and the catalog knows no model of it
 */
export const train = async (
  { stores: { catalog, pipeline } }: Pick<House, 'stores'>,
  job: StagePayloadInit<'train'> & { runId: string },
  display: Display,
): Promise<string> => {
  const trained = async (): Promise<string | undefined> =>
    (await catalog.models()).find(({ manifest }) => manifest.runId === job.runId)?.manifest.id
  if ((await trained()) === undefined) await pipeline.enqueue('train', [job])
  let shownEpoch = 0
  for (;;) {
    // In this order: a run keeps its model before its job ends. Other runs may add models and remove some meanwhile.
    const state = await pipeline.job('train', job)
    const id = await trained()
    if (id !== undefined) {
      display.clear()
      return id
    }
    if (state === null) throw new Failure('bad-model', 'the training ended without a model')
    if (state.state === 'failed' && state.failure !== null) throw state.failure
    const epoch = epochOf(state.detail)
    if (epoch !== undefined && epoch.epoch > shownEpoch) {
      shownEpoch = epoch.epoch
      display.say(
        `  epoch ${String(epoch.epoch)}: loss ${epoch.loss.toFixed(4)}, ` +
          `validation ${epoch.validationLoss.toFixed(4)}, ${epoch.cropsPerSecond.toFixed(0)} crops/s`,
      )
    }
    const done = Math.round(state.fraction * 100)
    const note = epoch === undefined ? 'starting' : `epoch ${String(epoch.epoch)} done`
    display.show([{ name: 'train', done, failed: 0, total: 100, note }])
    await sleep(POLL_MS)
  }
}

interface EpochLine {
  epoch: number
  loss: number
  validationLoss: number
  cropsPerSecond: number
}

const epochOf = (detail: object): EpochLine | undefined =>
  'epoch' in detail ? (detail as EpochLine) : undefined

/** Waits until every mel image has its vector in the newest model's space and that space is live. */
export const embedEverything = async (house: House, display: Display): Promise<void> => {
  const { catalog } = house.stores
  for (;;) {
    const [newest] = await catalog.models()
    if (newest === undefined) throw new Failure('bad-model', 'the model is gone from the catalog')
    const images = await catalog.stageCounts('spectrogram', house.fingerprints.spectrogram)
    const embedded = await catalog.stageCounts('embed', newest.manifest.id)
    const line = { name: 'embed', ...embedded, total: images.done }
    display.show([line])
    if (settled([line])) {
      await house.reconciler.run()
      if ((await catalog.liveModel())?.manifest.id === newest.manifest.id) return
      const failed = `${String(line.failed)} of ${String(line.total)} tracks could not be embedded`
      throw new Failure('bad-model', `model ${newest.manifest.id} cannot go live: ${failed}`)
    }
    await sleep(POLL_MS)
  }
}
