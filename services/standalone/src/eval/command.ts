import type { Command } from 'commander'
import { collect } from '../collect.ts'
import { interruptible } from '../interruptible.ts'
import { evaluate, type EvalOptions } from './evaluate.ts'

/** Adds `soundalike eval`. */
export const addEvalCommand = (program: Command): void => {
  program
    .command('eval')
    .description('Judges a model by the previews of a manifest: what it finds near what.')
    .requiredOption(
      '--manifest <file>',
      'JSON lines: file, track_id, artist, album, further labels',
    )
    .requiredOption('--music <folder>', 'where its files are')
    .option(
      '--model <model>',
      'id, folder of a bundle, or baseline; by default the model in the box; may be repeated, for several seeds',
      collect,
      [],
    )
    .option('--data <folder>', 'library whose models --model may name')
    .option('--preset <name>', 'spectrogram preset', 'seed-v1')
    .option('--json', 'print one JSON object instead of a table')
    .action((options: EvalOptions) => interruptible((signal) => evaluate(options, signal)))
}
