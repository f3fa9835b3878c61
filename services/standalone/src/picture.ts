import { createAudioPool, pictureKinds, presetNamed, type PictureKind } from '@soundalike/audio'
import { writeFile } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import { Option, type Command } from 'commander'
import { describeFailure } from './describe-failure.ts'

interface PictureOptions {
  kind: PictureKind
  out?: string
  preset: string
  from: number
  seconds?: number
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
    .option('--preset <name>', 'spectrogram preset', 'seed-v1')
    .option('--from <seconds>', 'where a waveform begins', Number, 0)
    .option('--seconds <seconds>', 'how much of it a waveform shows; by default all', Number)
    .action(picture)
}

const picture = async (file: string, options: PictureOptions): Promise<void> => {
  const { kind, from, out = `${basename(file, extname(file))}-${kind}.png` } = options
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
