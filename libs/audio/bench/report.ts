import { cpus } from 'node:os'
import type { MemoryFigures, MemoryRun } from './memory.ts'

/** What a run measured; null where a peer was missing. */
export interface Figures {
  readonly tracks: number
  readonly music: 'synthetic' | 'given'
  readonly melMsPerTrack: number
  readonly librosaMelMsPerTrack: number | null
  readonly decodeCpuMsPerTrack: number | null
  readonly floorDecodeCpuMsPerTrack: number | null
  readonly singleProcessCpuMsPerTrack: number | null
  readonly librariesCpuMsPerTrack: number
  readonly tracksPerSecond: number
  /** Of the CPU time, what was neither decoding nor mel images. */
  readonly overheadShare: number
  readonly peakRssMiB: number
  readonly memory: MemoryFigures
}

/** The benchmark page. */
export const report = (figures: Figures): string => {
  const { floorDecodeCpuMsPerTrack: floor, melMsPerTrack: mel, librosaMelMsPerTrack } = figures
  const row = (what: string, ms: number | null, compared: string): string =>
    `| ${what} | ${ms === null ? 'not here' : `${ms.toFixed(1)} ms`} | ${compared} |`
  const timesFloor = (ms: number | null): string =>
    ms === null || floor === null ? '' : `${(ms / floor).toFixed(2)} × the floor`
  return [
    '# Sound',
    '',
    'Written by `npm run bench:audio`; every figure is from the same run.',
    '',
    `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version},`,
    `${figures.tracks} tracks of 30 s (${figures.music === 'given' ? 'real music' : 'made by a generator'}).`,
    '',
    '## File → PCM, CPU per track',
    '',
    '| way | CPU | compared |',
    '| --- | --- | --- |',
    row('decode and resample alone (the floor)', floor, '1'),
    row(
      'the pool: ffmpeg, several tracks to a process',
      figures.decodeCpuMsPerTrack,
      timesFloor(figures.decodeCpuMsPerTrack),
    ),
    row(
      'one ffmpeg process per track',
      figures.singleProcessCpuMsPerTrack,
      timesFloor(figures.singleProcessCpuMsPerTrack),
    ),
    row(
      'decoders from npm, no ffmpeg',
      figures.librariesCpuMsPerTrack,
      timesFloor(figures.librariesCpuMsPerTrack),
    ),
    '',
    'The floor is one ffmpeg process per track, less what `ffmpeg -version` costs: the dynamic loader.',
    '',
    '## PCM → mel image, one core',
    '',
    '| way | CPU | compared |',
    '| --- | --- | --- |',
    row('ours', mel, '1'),
    row(
      'librosa and scikit-image',
      librosaMelMsPerTrack,
      librosaMelMsPerTrack === null ? '' : `${(librosaMelMsPerTrack / mel).toFixed(1)} × ours`,
    ),
    '',
    'One thread each, warmed up, in turns; from 16-bit samples to bytes. Theirs is `melspectrogram`, `power_to_db`,',
    "the scaling to 0 … 255 and scikit-image's `resize` with its anti-aliasing.",
    '',
    '## File → mel image, through the stages and the queue',
    '',
    `${figures.tracksPerSecond.toFixed(1)} tracks per second on ${cpus().length} cores, everything embedded in one process;`,
    `${(100 * figures.overheadShare).toFixed(0)} % of the CPU time went into neither decoding nor mel images.`,
    '',
    ...memorySection(figures.memory),
  ].join('\n')
}

const memorySection = ({ ffmpeg, libraries }: MemoryFigures): string[] => {
  const row = (what: string, tracks: number, [first, last, peak]: (number | null)[]): string =>
    `| ${[what, tracks, ...[first, last, peak].map((mib) => mib?.toFixed(0) ?? '')].join(' | ')} |`
  const processRow = (what: string, run: MemoryRun): string =>
    row(what, run.tracks, [run.firstThirdMiB, run.lastThirdMiB, run.peakMiB])
  return [
    '## Memory',
    '',
    'File → PCM → mel image through the pool, the same files over and over. Resident memory in MiB, median over',
    'a third of the run; a process is counted with its threads:',
    '',
    '| process | tracks | first third | last third | highest |',
    '| --- | --- | --- | --- | --- |',
    ...(ffmpeg === null
      ? []
      : [
          processRow('with the pool, decoding by ffmpeg', ffmpeg),
          row('the largest ffmpeg', ffmpeg.tracks, [
            ffmpeg.decoderFirstThirdMiB,
            ffmpeg.decoderLastThirdMiB,
          ]),
        ]),
    processRow('with the pool, decoding by the decoders from npm', libraries),
    '',
  ]
}
