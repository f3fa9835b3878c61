import { cpus } from 'node:os'

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
  readonly tracksPerSecond: number | null
  readonly overheadShare: number | null
  readonly peakRssMiB: number
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
    '| way | time | compared |',
    '| --- | --- | --- |',
    row('ours', mel, '1'),
    row(
      'librosa and scikit-image',
      librosaMelMsPerTrack,
      librosaMelMsPerTrack === null ? '' : `${(librosaMelMsPerTrack / mel).toFixed(1)} × ours`,
    ),
    '',
    `Peak memory of this process: ${figures.peakRssMiB.toFixed(0)} MiB.`,
    '',
  ].join('\n')
}
