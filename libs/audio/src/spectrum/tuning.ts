const LOWEST_HZ = 150
const HIGHEST_HZ = 4_000
const PEAK_SHARE_OF_FRAME_MAXIMUM = 0.1
const HISTOGRAM_BINS = 100
const SEMITONES = 12
const LOWEST_A_HZ = 440 / 16

interface Peak {
  readonly hz: number
  readonly magnitude: number
}

/**
 * How far a recording is tuned away from A = 440 Hz, in semitones from −0.5 to 0.49; as
 * `librosa.estimate_tuning` over a spectrogram: spectral peaks refined by a parabola, the stronger half of them kept,
 * their distances from the nearest semitone counted in steps of 0.01, the fullest step taken.
 *
 * @param power - frames × bins values, one frame after the other
 */
export const estimateTuning = (power: Float32Array, bins: number, binHz: number): number => {
  const peaks: Peak[] = []
  for (let start = 0; start < power.length; start += bins) {
    collectPeaks(power.subarray(start, start + bins), binHz, peaks)
  }
  if (peaks.length === 0) return 0
  const threshold = median(Float64Array.from(peaks, ({ magnitude }) => magnitude))
  const counts = new Array<number>(HISTOGRAM_BINS).fill(0)
  for (const { hz, magnitude } of peaks) {
    if (magnitude >= threshold) counts[histogramBin(hz)]!++
  }
  return counts.indexOf(Math.max(...counts)) / HISTOGRAM_BINS - 0.5
}

/** Local maxima of one frame, as `librosa.piptrack`. */
const collectPeaks = (frame: Float32Array, binHz: number, peaks: Peak[]): void => {
  let loudest = 0
  for (let bin = 0; bin < frame.length; bin++) loudest = Math.max(loudest, frame[bin]!)
  const reference = Math.fround(PEAK_SHARE_OF_FRAME_MAXIMUM * loudest)
  const kept = (bin: number): number => (frame[bin]! > reference ? frame[bin]! : 0)
  const last = Math.min(frame.length - 2, Math.ceil(HIGHEST_HZ / binHz) - 1)
  for (let bin = Math.max(1, Math.ceil(LOWEST_HZ / binHz)); bin <= last; bin++) {
    if (kept(bin) <= kept(bin - 1) || kept(bin) < kept(bin + 1)) continue
    const slope = (frame[bin + 1]! - frame[bin - 1]!) / 2
    const curvature = frame[bin + 1]! + frame[bin - 1]! - 2 * frame[bin]!
    const shift = Math.abs(slope) >= Math.abs(curvature) ? 0 : -slope / curvature
    peaks.push({ hz: (bin + shift) * binHz, magnitude: frame[bin]! + 0.5 * slope * shift })
  }
}

const histogramBin = (hz: number): number => {
  const semitones = SEMITONES * Math.log2(hz / LOWEST_A_HZ)
  const residual = semitones - Math.floor(semitones)
  const signed = residual >= 0.5 ? residual - 1 : residual
  return Math.min(HISTOGRAM_BINS - 1, Math.floor((signed + 0.5) * HISTOGRAM_BINS))
}

const median = (values: Float64Array): number => {
  const sorted = values.sort()
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
