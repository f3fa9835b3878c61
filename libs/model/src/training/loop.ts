import * as tf from '@tensorflow/tfjs'
import type { Architecture } from '../architectures/architecture.ts'
import { cropSize } from '../architectures/architecture.ts'
import { columnsOf, cutCrops } from '../crops.ts'
import type { TrackSample } from '../finishing.ts'
import { fitFinishing } from '../finishing.ts'
import type { PlacedParameter, Weights } from '../parameters.ts'
import { placeParameters, toTensors } from '../parameters.ts'
import { rawTrackVectors } from '../track-vectors.ts'
import type { Draw } from './batches.ts'
import { divideValidation, drawEpoch, drawValidation } from './batches.ts'
import type { Standing } from './checkpoint.ts'
import { computeGradient } from './gradient.ts'
import type { FromRank, TrainingOrder } from './messages.ts'
import { vectorsPerSample } from './messages.ts'
import type { Reconstruction } from './reconstructions.ts'
import { reconstructCrops } from './reconstructions.ts'
import { decideStop, meet, shareOf, stopDecided, totalLoss } from './shared-state.ts'
import { updateShare } from './update.ts'
import { cutVaried, varyImage } from './variation.ts'

interface Run {
  readonly architecture: Architecture
  readonly rank: number
  readonly order: TrainingOrder
  /** Mel images by index. */
  load(indexes: readonly number[]): Promise<readonly Uint8Array[]>
  send(message: FromRank): void
}

interface Progress {
  /** By `performance.now` of this thread. */
  readonly deadlineMs: number
  step: number
  stopped: boolean
  weights: Record<string, tf.Tensor>
}

/** Epochs without a lower validation loss after which training has nothing more to find. */
const patience = 12

/** Where a run stands that has not begun. */
const beginning: Standing = {
  epoch: 0,
  step: 0,
  sinceBest: 0,
  bestLoss: Number.POSITIVE_INFINITY,
}

/** Tracks encoded at once. */
const chunkSize = 64

/**
 * Trains in step with the other ranks until time or steps are used up, puts the weights of the best epoch into
 * the shared state, and fits the finishing step to them.
 */
export const runTraining = async (run: Run): Promise<void> => {
  const { architecture, rank, order, send } = run
  const { state } = order
  const parameters = placeParameters(architecture.parameters)
  const { standing = beginning, best: earlierBest = state.values } = order.resumed ?? {}
  const progress: Progress = {
    deadlineMs: performance.now() + order.secondsLeft * 1_000,
    step: standing.step,
    // Cut off after its last epoch, a run has only its finishing left.
    stopped: standing.sinceBest >= patience,
    weights: toTensors(state.values, parameters),
  }
  let best = { loss: standing.bestLoss, values: earlierBest.slice() }
  let { sinceBest } = standing

  for (let epoch = standing.epoch + 1; !progress.stopped; epoch++) {
    const startedMs = performance.now()
    const trained = await trainEpoch(run, parameters, progress, epoch)
    if (!Number.isFinite(trained.loss)) {
      if (rank === 0) send({ type: 'diverged', step: progress.step })
      return
    }
    const seconds = (performance.now() - startedMs) / 1_000
    const validated = await validate(run, progress.weights)
    const validationLoss = Number.isNaN(validated) ? trained.loss : validated
    if (rank === 0) {
      sinceBest = validationLoss < best.loss ? 0 : sinceBest + 1
      if (sinceBest === 0) best = { loss: validationLoss, values: state.values.slice() }
      send({
        type: 'epoch',
        epoch: {
          epoch,
          loss: trained.loss,
          validationLoss,
          cropsPerSecond: trained.crops / seconds,
          seconds,
          secondsLeft: Math.max(0, (progress.deadlineMs - performance.now()) / 1_000),
        },
      })
      if (!trained.stopped && order.wantsCheckpoints) {
        const { step } = progress
        const { values, firstMoments, secondMoments } = state
        send({
          type: 'checkpoint',
          standing: { epoch, step, sinceBest, bestLoss: best.loss },
          // Copies, because the others may go on before these have been sent.
          numbers: {
            values: values.slice(),
            firstMoments: firstMoments.slice(),
            secondMoments: secondMoments.slice(),
            best: best.values,
          },
        })
      }
      decideStop(state, trained.stopped || sinceBest >= patience)
    }
    meet(state)
    progress.stopped = stopDecided(state)
    meet(state)
  }

  if (rank === 0) state.values.set(best.values)
  meet(state)
  const weights = toTensors(state.values, parameters)
  await encodeFitted(run, weights)
  meet(state)
  if (rank !== 0) return send({ type: 'done', result: null })
  const finishing = fitFinishing(samplesOf(order.vectors, 2 * architecture.rawAxisSize))
  const reconstructions = await drawSome(run, weights)
  send({ type: 'done', result: { loss: best.loss, finishing, reconstructions } })
}

/** One pass over the training images, or what time allows of it. A loss that is not a number ends it. */
const trainEpoch = async (
  run: Run,
  parameters: readonly PlacedParameter[],
  progress: Progress,
  epoch: number,
): Promise<{ loss: number; crops: number; stopped: boolean }> => {
  const { architecture, rank, order } = run
  const { state, split, seed, batchSize } = order
  const batches = drawEpoch({
    recordings: split.training,
    batchSize,
    viewsPerTrack: architecture.viewsPerTrack,
    seed,
    epoch,
  }).slice(0, order.stepsPerEpoch)
  const prefetch = (batch: number) => {
    const draws = partOf(batches[batch] ?? [], run, architecture.viewsPerTrack)
    return { draws, images: run.load(draws.map(({ image }) => image)) }
  }
  let lossSum = 0
  let steps = 0
  let next = prefetch(0)
  while (steps < batches.length && !progress.stopped) {
    const { draws } = next
    const images = await next.images
    next = prefetch(steps + 1)
    const crops = architecture.variesCrops ? variedCropsOf(draws, images) : cropsOf(draws, images)
    const gradient = state.gradients[rank]!
    const loss = computeGradient(architecture, parameters, progress.weights, crops, gradient)
    state.losses[rank] = loss / state.ranks
    tf.dispose(crops)
    progress.step += 1
    if (rank === 0) {
      decideStop(state, performance.now() >= progress.deadlineMs || progress.step >= order.maxSteps)
    }
    meet(state)
    // Read between two meetings, while no rank can be writing: all ranks leave the loop at the same step.
    progress.stopped = stopDecided(state)
    const mean = totalLoss(state)
    lossSum += mean
    steps += 1
    if (!Number.isFinite(mean)) break
    updateShare(state, parameters, rank, progress.step)
    meet(state)
    tf.dispose(progress.weights)
    progress.weights = toTensors(state.values, parameters)
  }
  const crops = steps * batches[0]!.length
  return { loss: lossSum / steps, crops, stopped: progress.stopped }
}

/** Mean loss over the validation crops with the running statistics; not a number when there are none. */
const validate = async (run: Run, weights: Weights): Promise<number> => {
  const { architecture, rank, order } = run
  const draws = drawValidation(order.split.validation, architecture.viewsPerTrack)
  const parts = divideValidation(draws, architecture.viewsPerTrack, order.state.ranks)
  let sum = 0
  for (const chunk of partOf(parts, run)) {
    const images = await run.load(chunk.map(({ image }) => image))
    const crops = cropsOf(chunk, images)
    const loss = tf.tidy(() => architecture.loss(crops, weights).dataSync<'float32'>()[0]!)
    tf.dispose(crops)
    sum += loss * chunk.length
  }
  order.state.losses[rank] = sum / draws.length
  meet(order.state)
  const mean = totalLoss(order.state)
  meet(order.state)
  return mean
}

/** Crops that are drawn for people to look at. */
const drawnCrops = 8

/** What the decoder makes of a few crops that training never saw, or, where nothing was kept from it, of some it saw. */
const drawSome = async (
  { architecture, order: { split }, load }: Run,
  weights: Weights,
): Promise<Reconstruction[]> => {
  const recordings = split.validation.length > 0 ? split.validation : split.training
  const draws = drawValidation(recordings.slice(0, drawnCrops), 1)
  const crops = cropsOf(draws, await load(draws.map(({ image }) => image)))
  return reconstructCrops(architecture, weights, crops)
}

/** Raw vectors of this rank's part of the tracks that finishing is fitted to, into the shared array. */
const encodeFitted = async (run: Run, weights: Weights): Promise<void> => {
  const { architecture, rank, order } = run
  const [first, end] = shareOf(order.fitted.length, rank, order.state.ranks)
  for (let at = first; at < end; at += chunkSize) {
    const chunk = order.fitted.slice(at, Math.min(end, at + chunkSize))
    const images = await run.load(chunk)
    const guises = images.map((image, place) => varyImage(image, chunk[place]!))
    const halves = rawTrackVectors(architecture, weights, images, 2)
    const inGuise = rawTrackVectors(architecture, weights, guises)
    inGuise.forEach((vector, place) => {
      const sample = [halves[2 * place]!, halves[2 * place + 1]!, vector]
      sample.forEach((row, number) => {
        order.vectors.set(row, (vectorsPerSample * (at + place) + number) * row.length)
      })
    })
  }
}

const samplesOf = (values: Float32Array, length: number): TrackSample[] => {
  const row = (number: number) => values.subarray(number * length, (number + 1) * length)
  return Array.from({ length: values.length / (vectorsPerSample * length) }, (_, track) => {
    const first = vectorsPerSample * track
    return { halves: [row(first), row(first + 1)], inGuise: row(first + 2) }
  })
}

/** This rank's part of a list that all ranks hold, in whole units of neighbouring items. */
const partOf = <Item>(items: readonly Item[], { rank, order }: Run, unit = 1): Item[] => {
  const [first, end] = shareOf(items.length / unit, rank, order.state.ranks)
  return items.slice(first * unit, end * unit)
}

const cropsOf = (draws: readonly Draw[], images: readonly Uint8Array[]): tf.Tensor3D => {
  const cuts = draws.map(({ position }, place) => {
    const image = images[place]!
    return { image, start: Math.floor(position * (columnsOf(image) - cropSize + 1)) }
  })
  return tf.tensor3d(cutCrops(cuts), [cuts.length, cropSize, cropSize])
}

const variedCropsOf = (draws: readonly Draw[], images: readonly Uint8Array[]): tf.Tensor3D =>
  tf.tensor3d(cutVaried(draws, images), [draws.length, cropSize, cropSize])
