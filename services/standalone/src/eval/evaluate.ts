import { createAudioPool, defaultLimits, presetNamed } from '@soundalike/audio'
import { evaluateVectors, type Evaluation } from '@soundalike/model'
import { hear, inChunks, type HeardPreview, type Studio } from '../previews/images.ts'
import { readManifest } from '../previews/manifest.ts'
import { acrossSeeds } from './across-seeds.ts'
import { BASELINE, closeAll, openBaselines, openModels, type Candidate } from './candidates.ts'
import { degradedImages } from './degrade.ts'
import { formatTable } from './table.ts'

export interface EvalOptions {
  manifest: string
  music: string
  model: string[]
  data?: string
  preset: string
  json?: boolean
}

const say = (line: string): void => {
  process.stderr.write(`${line}\n`)
}

/** Judges models, or all baselines, by the previews of a manifest, and prints the figures. */
export const evaluate = async (options: EvalOptions, signal: AbortSignal): Promise<void> => {
  const preset = presetNamed(options.preset)
  const listed = await readManifest(options.manifest, options.music)
  const audio = createAudioPool()
  let candidates: Record<string, Candidate> = {}
  try {
    const isBaseline = options.model.includes(BASELINE)
    candidates = await openModels(options, preset)
    const studio: Studio = { audio, preset, limits: defaultLimits, signal, say }
    say(`listening to ${String(listed.length)} previews`)
    const previews = await hear(listed, studio)
    if (previews.length < 2) throw new Error('not even two previews could be read')
    const gallery = previews.map(({ image }) => image)
    if (isBaseline) candidates = { ...(await openBaselines(gallery, say)), ...candidates }
    const evaluations = await judge(candidates, previews, studio)
    if (options.json !== true) process.stdout.write(`${formatTable(evaluations)}\n`)
    else process.stdout.write(`${JSON.stringify(toJson(evaluations, isBaseline))}\n`)
  } finally {
    await Promise.all([audio.close(), closeAll(candidates)])
  }
}

const judge = async (
  candidates: Readonly<Record<string, Candidate>>,
  previews: readonly HeardPreview[],
  studio: Studio,
): Promise<Record<string, Evaluation>> => {
  const images = previews.map(({ image }) => image)
  const degraded = await embedDegraded(candidates, previews, studio)
  const evaluations: Record<string, Evaluation> = {}
  for (const [name, candidate] of Object.entries(candidates)) {
    studio.signal.throwIfAborted()
    studio.say(`judging ${name}`)
    const vectors = await candidate.embed(images)
    const reconstructionErrors = await candidate.reconstructionErrors?.(images)
    evaluations[name] = evaluateVectors(vectors, previews, {
      degraded: degraded[name] ?? {},
      ...(reconstructionErrors === undefined ? {} : { reconstructionErrors }),
    })
  }
  return evaluations
}

/** Vectors by candidate and degradation, one per preview. Only a chunk of images is in memory at a time. */
const embedDegraded = async (
  candidates: Readonly<Record<string, Candidate>>,
  previews: readonly HeardPreview[],
  studio: Studio,
): Promise<Record<string, Record<string, Float32Array[]>>> => {
  const { audio, preset, limits, signal } = studio
  const ways = degradedImages(studio)
  const vectors = Object.fromEntries(
    Object.keys(candidates).map((name) => [
      name,
      Object.fromEntries(Object.keys(ways).map((way): [string, Float32Array[]] => [way, []])),
    ]),
  )
  const degradeOne = async ({ path }: HeardPreview): Promise<Record<string, Uint8Array>> => {
    const pcm = await audio.decode({ path }, preset, limits, signal)
    const images = Object.entries(ways).map(async ([way, make]) => [way, await make(pcm)] as const)
    return Object.fromEntries(await Promise.all(images))
  }
  studio.say(`listening again, after ${Object.keys(ways).join(', ')}`)
  for await (const chunk of inChunks(previews, degradeOne, studio)) {
    for (const [name, candidate] of Object.entries(candidates)) {
      for (const way of Object.keys(ways)) {
        const images = chunk.flatMap((made) => made[way] ?? [])
        vectors[name]?.[way]?.push(...(await candidate.embed(images)))
      }
    }
  }
  return vectors
}

/**
 * A model's figures stand at the top, and so do those of several that differ by their seed, taken together; those of
 * baselines by name.
 */
const toJson = (evaluations: Readonly<Record<string, Evaluation>>, isBaseline: boolean): object => {
  if (isBaseline) return { baselines: evaluations }
  const [[model, evaluation] = [], ...others] = Object.entries(evaluations)
  if (others.length === 0) return { model, ...evaluation }
  return { models: evaluations, ...acrossSeeds(Object.values(evaluations)) }
}
