import {
  createAudioPool,
  pictureKinds,
  presetNamed,
  presets,
  type PictureKind,
} from '@soundalike/audio'
import { writeFile } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import { InvalidArgumentError, Option, type Command } from 'commander'
import { describeFailure } from './describe-failure.ts'

interface PictureOptions {
  kind: PictureKind
  out?: string
  preset: string
  from?: number
  seconds?: number
}

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
      return picture(file, options)
    })
}

const picture = async (file: string, options: PictureOptions): Promise<void> => {
  const { kind, from = 0, out = `${basename(file, extname(file))}-${kind}.png` } = options
  const audio = createAudioPool({ threads: 1 })
  try {
    const preset = presetNamed(options.preset)
    const pcm = await audio.decode({ path: file }, preset)
    const seconds = options.seconds ?? preset.pcm.windowSeconds
    const stretch = { startSeconds: from, seconds }
    await writeFile(out, await audio.soundPicturePng(pcm, preset, kind, stretch))
    process.stdout.write(`${out}\n`)
  } catch (error) {
    process.stderr.write(`soundalike: ${file}: ${describeFailure(error)}\n`)
    process.exitCode = 1
  } finally {
    await audio.close()
  }
}
