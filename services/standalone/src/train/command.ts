import { InvalidArgumentError, type Command } from 'commander'
import { interruptible } from '../interruptible.ts'
import { trainFromPreviews, type PreviewTrainingOptions } from './from-previews.ts'

const share = (text: string): number => {
  const value = Number(text)
  if (value >= 0 && value < 1) return value
  throw new InvalidArgumentError('a number from 0 up to, but not including, 1')
}

const collect = (value: string, earlier: string[]): string[] => [...earlier, value]

/** Adds `soundalike train`. */
export const addTrainCommand = (program: Command): void => {
  program
    .command('train')
    .description('Trains a model on the previews of manifests and writes it to a folder.')
    .requiredOption(
      '--manifest <file>',
      'JSON lines that list previews; may be repeated',
      collect,
      [],
    )
    .requiredOption('--music <folder>', 'where its files are; once per manifest', collect, [])
    .requiredOption('--out <folder>', 'where the model is written')
    .option('--architecture <name>', 'what is trained', 'soundalike-1')
    .option('--preset <name>', 'spectrogram preset', 'seed-v1')
    .option('--seed <number>', 'of weights, split, order and crops', Number, 1)
    .option('--seconds <seconds>', 'wall-clock bound on training', Number, 600)
    .option('--hold-out <share>', 'artists left out, listed in held-out.jsonl', share, 0)
    .action((options: PreviewTrainingOptions) =>
      interruptible((signal) => trainFromPreviews(options, signal)),
    )
}
