import { clockJumps, frozen, manyReconcilers } from './disturbances.ts'
import type { Fault } from './fault.ts'
import { kill, killAtRandom, killTrainer } from './kills.ts'
import {
  badWeather,
  diskFull,
  postgresRestarted,
  redisAway,
  redisEmptied,
  vectorsAway,
} from './outages.ts'

/** All there are, in the order in which they are tried. */
export const faults: readonly Fault[] = [
  manyReconcilers,
  clockJumps,
  kill('scrape', 'scraper'),
  kill('transcode', 'transcoder'),
  kill('spectrogram', 'spectrogram'),
  kill('embed', 'embedder'),
  killAtRandom,
  killTrainer,
  frozen,
  redisAway,
  redisEmptied,
  postgresRestarted,
  vectorsAway,
  diskFull,
  badWeather('S3 answers 503', 'refuse'),
  badWeather('S3 is slow', { delayMs: 2_000 }),
]
