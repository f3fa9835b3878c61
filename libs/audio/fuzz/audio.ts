/**
 * Feeds damaged files to the decoders and fails when one of them hangs, crashes or leaves something behind.
 */
import { oneOf, scriptOptions, wholeNumber } from '@soundalike/testkit'
import { fuzz } from './fuzz.ts'
import { watchForLeaks } from './leaks.ts'

const decoders = ['ffmpeg', 'libraries'] as const

const { count, seed, choices } = scriptOptions(
  'usage: npm run fuzz:audio [-- --count 2000] [--seed 1] [--decoder ffmpeg|libraries]',
  {
    options: {
      count: { type: 'string', default: '2000' },
      seed: { type: 'string', default: '1' },
      decoder: { type: 'string' },
    },
  },
  ({ values }) => ({
    count: wholeNumber('--count', values.count, 1),
    seed: wholeNumber('--seed', values.seed, 0),
    choices:
      values.decoder === undefined ? decoders : [oneOf('--decoder', values.decoder, decoders)],
  }),
)

let failed = false
for (const decoder of choices) {
  const started = performance.now()
  const leaks = watchForLeaks()
  const onProgress = (done: number): void => {
    process.stderr.write(`\r${decoder}: ${done} of ${String(count)}`)
  }
  const report = await fuzz({ count, seed, decoder, onProgress })
  const tried = Object.values(report.outcomes).reduce((sum, inputs) => sum + inputs, 0)
  const left = leaks()
  const seconds = ((performance.now() - started) / 1000).toFixed(0)
  process.stdout.write(`\n${JSON.stringify({ decoder, seconds, ...report, left }, null, 2)}\n`)
  failed ||= tried !== count
  failed ||= report.findings.length > 0 || Object.values(left).flat().length > 0
}
process.exitCode = failed ? 1 : 0
