import { InvalidArgumentError, type Command } from 'commander'
import { collect } from '../collect.ts'
import { interruptible } from '../interruptible.ts'
import { trainFromPreviews, type PreviewTrainingOptions } from './from-previews.ts'
import { trainLibrary, type LibraryTrainingOptions } from './library.ts'

const share = (text: string): number => {
  const value = Number(text)
  if (value >= 0 && value < 1) return value
  throw new InvalidArgumentError('a number from 0 up to, but not including, 1')
}

const whole = (text: string): number => {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 0 && value < 2 ** 32) return value
  throw new InvalidArgumentError('a whole number')
}

const seconds = (text: string): number => {
  const value = whole(text)
  if (value >= 1) return value
  throw new InvalidArgumentError('at least 1')
}

/** Every mel image is kept: 64 KiB for each window. */
const MAX_WINDOWS = 8

const windowCount = (text: string): number => {
  const value = whole(text)
  if (value >= 1 && value <= MAX_WINDOWS) return value
  throw new InvalidArgumentError(`from 1 to ${String(MAX_WINDOWS)}`)
}

/** Options that mean something with a path, or with --manifest, alone. */
const ofLibrary = ['data', 'fromNothing']
const ofPreviews = ['manifest', 'music', 'out', 'startFrom', 'preset', 'windows', 'holdOut']

/** Those of the options that somebody gave, as they typed them. */
const given = (command: Command, names: readonly string[]): string[] =>
  command.options
    .filter((option) => names.includes(option.attributeName()))
    .filter((option) => command.getOptionValueSource(option.attributeName()) === 'cli')
    .flatMap(({ long }) => long ?? [])

type Options = Omit<PreviewTrainingOptions, 'out'> & LibraryTrainingOptions & { out?: string }

/** Adds `soundalike train`. */
export const addTrainCommand = (program: Command): void => {
  const command = program
    .command('train')
    .description(
      'Trains a model on your library; or, with --manifest, on listed previews, into a folder.',
    )
    .argument('[path]', 'folder of music or .jsonl manifest')
    .option('--data <folder>', 'where the library is kept; by default as for the demo')
    .option('--from-nothing', 'start from random weights, not from the model there is')
    .option('--manifest <file>', 'JSON lines that list previews; may be repeated', collect, [])
    .option('--music <folder>', 'where its files are; once per manifest', collect, [])
    .option('--out <folder>', 'where a model trained on manifests is written')
    .option('--start-from <folder>', 'bundle whose weights --manifest starts from')
    .option('--architecture <name>', 'what is trained', 'soundalike-1')
    .option('--preset <name>', 'spectrogram preset of --manifest', 'seed-v1')
    .option('--seed <number>', 'of weights, split, order and crops', whole, 1)
    .option('--seconds <seconds>', 'wall-clock bound on training', seconds, 600)
    .option('--windows <count>', 'heard of each file of --manifest, if so long', windowCount, 1)
    .option(
      '--hold-out <share>',
      'artists of --manifest left out, listed in held-out.jsonl',
      share,
      0,
    )
  command.action((path: string | undefined, options: Options) => {
    const { out } = options
    const strangers = given(command, path === undefined ? ofLibrary : ofPreviews)
    if (strangers.length > 0) {
      const mode = path === undefined ? '--manifest' : 'a path'
      return command.error(`error: ${strangers.join(', ')} cannot be used with ${mode}`)
    }
    if (path !== undefined) return trainLibrary(path, options)
    if (options.manifest.length === 0 || out === undefined) {
      return command.error('error: either a path, or --manifest, --music and --out')
    }
    return interruptible((signal) => trainFromPreviews({ ...options, out }, signal))
  })
}
