/**
 * Feeds damaged files to the decoders and fails when one of them hangs, crashes or leaves something behind.
 *
 * usage: npm run fuzz:audio [-- --count 2000] [--seed 1] [--decoder ffmpeg|libraries]
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { fuzz } from './fuzz.ts'

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

/** Processes that this one started and that still run; none where the system does not say. */
const children = (): string[] => {
  try {
    return readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8')
      .split(' ')
      .filter(Boolean)
  } catch {
    return []
  }
}

const folder = mkdtempSync(join(tmpdir(), 'fuzz-audio-'))
process.env['TMPDIR'] = folder
const rejections: unknown[] = []
process.on('unhandledRejection', (reason) => rejections.push(reason))

let failed = false
for (const decoder of choices) {
  const started = performance.now()
  const onProgress = (done: number): void => {
    process.stderr.write(`\r${decoder}: ${done} of ${values.count}`)
  }
  const report = await fuzz({
    count: Number(values.count),
    seed: Number(values.seed),
    decoder,
    onProgress,
  })
  const left = { processes: children(), files: readdirSync(folder) }
  const seconds = ((performance.now() - started) / 1000).toFixed(0)
  const summary = { decoder, seconds, ...report, left, unhandledRejections: rejections.map(String) }
  process.stdout.write(`\n${JSON.stringify(summary, null, 2)}\n`)
  failed ||=
    report.findings.length + left.processes.length + left.files.length + rejections.length > 0
}
rmSync(folder, { recursive: true })
process.exitCode = failed ? 1 : 0
