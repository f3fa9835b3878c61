import { cpus } from 'node:os'
import type { PytorchSteps } from './pytorch.ts'
import type { Step } from './steps.ts'
import type { Ceiling, Embedding, Training } from './threads.ts'

export interface Figures {
  /** What else the machine was doing when the run began: processes that wanted a core. */
  readonly load: number
  readonly backend: string
  /** Of one core's matrix product. */
  readonly gmacPerSecond: number
  readonly steps: readonly Step[]
  readonly pytorch: PytorchSteps | null
  readonly ceiling: Ceiling
  readonly training: Training
  readonly embedding: Embedding
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)

/** The benchmark page. */
export const report = (figures: Figures): string => {
  const { load, backend, gmacPerSecond, steps, pytorch, ceiling, training, embedding } = figures
  const floorMs = ({ megaMacPerCrop }: Step) => megaMacPerCrop / gmacPerSecond
  return [
    '# Model',
    '',
    'Written by `npm run bench:model`; every figure is from the same run.',
    '',
    `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}, backend ${backend};`,
    `${load.toFixed(1)} other processes wanted a core when the run began.`,
    `The product of two matrices of 1,024 × 1,024 runs at ${gmacPerSecond.toFixed(1)} GMAC/s on one core;`,
    'the floor of a step is what its own matrix products would take at that rate.',
    '',
    '## One core, per crop of 128 × 128',
    '',
    ...table(
      ['step', 'batch', 'time', 'million MAC', 'floor', 'compared'],
      steps.map((step) => [
        step.name,
        String(step.batch),
        `${step.msPerCrop.toFixed(2)} ms`,
        step.megaMacPerCrop.toFixed(1),
        `${floorMs(step).toFixed(2)} ms`,
        `${(step.msPerCrop / floorMs(step)).toFixed(1)} × the floor`,
      ]),
    ),
    '',
    ...pytorchLines(pytorch),
    '',
    '## Two cores',
    '',
    'The first row is the most that two threads can be worth on this machine.',
    '',
    ...table(
      ['work', 'one thread', 'two threads', 'compared'],
      [
        twoThreads('matrix products alone', ceiling.gmacPerSecond, 'GMAC/s'),
        twoThreads('soundalike-1, training', training.cropsPerSecond, 'crops/s'),
        twoThreads(
          `soundalike-1, ${embedding.tracks} tracks from mel images to vectors`,
          embedding.tracksPerSecond,
          'tracks/s',
        ),
      ],
    ),
    '',
    `Resident memory changes by ${embedding.growthMiB.toFixed(0)} MiB over those tracks.`,
    '',
  ].join('\n')
}

const twoThreads = (
  work: string,
  rates: Readonly<Record<1 | 2, number>>,
  unit: string,
): string[] => [
  work,
  `${rates[1].toFixed(0)} ${unit}`,
  `${rates[2].toFixed(0)} ${unit}`,
  `${(rates[2] / rates[1]).toFixed(2)} ×`,
]

const pytorchLines = (pytorch: PytorchSteps | null): string[] => {
  if (pytorch === null) return ['PyTorch is not here to be compared with.']
  return [
    `The same on one core in PyTorch, which runs on ${pytorch.vectors} here; WebAssembly has vectors of 128 bits.`,
    '',
    ...table(
      [`PyTorch ${pytorch.version}`, 'time'],
      [
        ['two-axis encode', `${pytorch.encodeMsPerCrop.toFixed(2)} ms`],
        ['two-axis encoder, contrastive step', `${pytorch.contrastiveMsPerCrop.toFixed(2)} ms`],
        ['two-axis autoencoder, step', `${pytorch.autoencoderMsPerCrop.toFixed(2)} ms`],
      ],
    ),
  ]
}
