import { presetFingerprint, presetNamed } from '@soundalike/audio'
import { graphModelFiles } from '@soundalike/model'
import type { Command } from 'commander'
import { describeFailure } from '../describe-failure.ts'
import { writeFiles } from '../write-files.ts'
import { findBundle } from './find-bundle.ts'

interface ExportOptions {
  model?: string
  data?: string
  preset: string
  out: string
}

/** Adds `soundalike export`. */
export const addExportCommand = (program: Command): void => {
  program
    .command('export')
    .description("Writes a model's encoder for others, as a graph model of TensorFlow.js.")
    .requiredOption('--out <folder>', 'where model.json and weights.bin are written')
    .option('--model <model>', 'id, or folder of a bundle; by default the model in the box')
    .option('--data <folder>', 'library whose models --model may name')
    .option('--preset <name>', 'spectrogram preset the model reads', 'seed-v1')
    .action(exportModel)
}

const exportModel = async ({ model, data, preset, out }: ExportOptions): Promise<void> => {
  try {
    const fingerprint = presetFingerprint(presetNamed(preset))
    const bundle = await findBundle({ model, data, fingerprint })
    await writeFiles(out, await graphModelFiles(bundle))
    process.stdout.write(`${bundle.manifest.id}\n`)
  } catch (error) {
    process.stderr.write(`soundalike: ${describeFailure(error)}\n`)
    process.exitCode = 1
  }
}
