import {
  createAudioPool,
  defaultLimits,
  pictureKinds,
  presetNamed,
  presets,
  type PictureKind,
} from '@soundalike/audio'
import { Failure } from '@soundalike/contracts'
import { writeFile } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import { InvalidArgumentError, Option, type Command } from 'commander'
import { interruptible } from './interruptible.ts'

interface PictureOptions {
  kind: PictureKind
  out?: string
  preset: string
  from?: number
  seconds?: number
}

/** Where what helps a track of a library is no help with a file named here. */
const remedies = {
  'not-a-file': 'Name a sound file; of a folder, one at a time.',
  'no-preview': 'Name a sound file that is there.',
  forbidden: 'Grant read permission.',
  'too-large': 'Cut a part out of the file.',
  'timed-out': 'Try again when the machine has less to do.',
  unavailable: 'See what the reason names, then try again.',
} as const

const LONGEST_SECONDS = 3_600

/** Parses seconds of at least `least`; the picture is drawn of what the track has of them. */
const secondsFrom =
  (least: number) =>
  (text: string): number => {
    const seconds = text.trim() === '' ? NaN : Number(text)
    if (seconds >= least && seconds <= LONGEST_SECONDS) return seconds
    throw new InvalidArgumentError(
      `Give seconds as a number from ${least} to ${LONGEST_SECONDS}, e.g. 12.5.`,
    )
  }

/** Adds `soundalike picture`. */
export const addPictureCommand = (program: Command): void => {
  program
    .command('picture')
    .description('Draws the sound of a file as a PNG, with axes in seconds and Hz.')
    .argument('<file>', 'a sound file of any kind that can be decoded')
    .addOption(
      new Option('--kind <kind>', 'what is drawn').choices([...pictureKinds]).default('mel'),
    )
    .option('--out <file>', 'where it is written; by default <name>-<kind>.png in this folder')
    .addOption(
      new Option('--preset <name>', 'spectrogram preset')
        .choices(Object.keys(presets))
        .default('seed-v1'),
    )
    .option(
      '--from <seconds>',
      'where a waveform begins, in what is decoded: the centre of a longer track',
      secondsFrom(0),
    )
    .option(
      '--seconds <seconds>',
      'how much of it a waveform shows; by default all',
      secondsFrom(0.001),
    )
    .action((file: string, options: PictureOptions, command: Command) => {
      const stretched = options.from !== undefined || options.seconds !== undefined
      if (stretched && options.kind !== 'waveform') {
        return command.error('error: --from and --seconds go with --kind waveform alone')
      }
      return interruptible((signal) => picture(file, options, signal), remedies)
    })
}

const picture = async (
  file: string,
  options: PictureOptions,
  signal: AbortSignal,
): Promise<void> => {
  const { kind, from = 0, out = `${basename(file, extname(file))}-${kind}.png` } = options
  const audio = createAudioPool({ threads: 1 })
  try {
    const preset = presetNamed(options.preset)
    const pcm = await audio
      .decode({ path: file }, preset, defaultLimits, signal)
      .catch((error: unknown) => {
        const { code, message } = Failure.from(error)
        throw new Failure(code, `${file}: ${message}`, { cause: error })
      })
    const seconds = options.seconds ?? preset.pcm.windowSeconds
    const stretch = { startSeconds: from, seconds }
    await writeFile(out, await audio.soundPicturePng(pcm, preset, kind, stretch, signal))
    process.stdout.write(`${out}\n`)
  } finally {
    await audio.close()
  }
}
