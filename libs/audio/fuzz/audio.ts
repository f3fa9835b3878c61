/**
 * Feeds damaged files to the decoders and fails when one of them hangs, crashes or leaves something behind.
 *
 * usage: npm run fuzz:audio [-- --count 2000] [--seed 1] [--decoder ffmpeg|libraries]
 */
import { parseArgs } from 'node:util'
import { fuzz } from './fuzz.ts'
import { watchForLeaks } from './leaks.ts'

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    decoder: { type: 'string' },
  },
})

const choices = (['ffmpeg', 'libraries'] as const).filter(
  (choice) => values.decoder === undefined || values.decoder === choice,
)

let failed = false
for (const decoder of choices) {
  const started = performance.now()
  const leaks = watchForLeaks()
  const onProgress = (done: number): void => {
    process.stderr.write(`\r${decoder}: ${done} of ${values.count}`)
  }
  const report = await fuzz({
    count: Number(values.count),
    seed: Number(values.seed),
    decoder,
    onProgress,
  })
  const left = leaks()
  const seconds = ((performance.now() - started) / 1000).toFixed(0)
  process.stdout.write(`\n${JSON.stringify({ decoder, seconds, ...report, left }, null, 2)}\n`)
  failed ||= report.findings.length > 0 || Object.values(left).flat().length > 0
}
process.exitCode = failed ? 1 : 0
