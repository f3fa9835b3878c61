/** `npm run chaos`: real faults on a real installation; see the README beside this file. */
import { NoServerError } from '@soundalike/testkit'
import { createLog, createShutdown } from '@soundalike/runtime'
import { constants } from 'node:os'
import { parseArgs } from 'node:util'
import type { BlobsIn } from './blobs.ts'
import { startCluster, type Cluster } from './cluster.ts'
import type { Fault, Scale } from './fault.ts'
import { faults } from './faults.ts'
import { summaryOf, tableOf, type Row } from './report.ts'
import { tryFault } from './try-fault.ts'

const usage = `npm run chaos [-- --quick] [--json] [--only NAME]

Starts the whole installation as processes of their own over a Redis and a PostgreSQL server, lets faults strike it
while tracks are on their way, and looks after each whether a track was lost or doubled.

  --quick      fewer tracks, kills and seconds; under ten minutes on two cores
  --json       one JSON object on standard output and nothing else
  --only NAME  only faults whose name or stage holds NAME
  --help       this

Ends with 1 where a fault was not survived.
`

const full: Scale = {
  tracks: 60,
  randomKills: 20,
  outageMs: 30_000,
  vectorOutageMs: 60_000,
  trainSeconds: 30,
  settleMs: 600_000,
}
const quick: Scale = {
  tracks: 20,
  randomKills: 6,
  outageMs: 10_000,
  vectorOutageMs: 10_000,
  trainSeconds: 8,
  settleMs: 240_000,
}

const STOP_MS = 30_000

const options = {
  quick: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  only: { type: 'string', default: '' },
  help: { type: 'boolean', default: false },
} as const

const say = (text: string): void => void process.stderr.write(`chaos: ${text}\n`)

/** Not undone yet; `cut` once a signal has come. */
const running = { cut: false, stop: (): Promise<void> => Promise.resolve() }

/** A new installation in place of the one before; null, loudly, where it cannot be had. */
const newCluster = async (blobsIn: BlobsIn): Promise<Cluster | null> => {
  await running.stop()
  say(`starting an installation with blobs in ${blobsIn}`)
  const shutdown = createShutdown(createLog('chaos', { LOG_LEVEL: 'silent' }), STOP_MS)
  running.stop = () => shutdown.run()
  try {
    return await startCluster(blobsIn, shutdown)
  } catch (error) {
    if (running.cut) return null
    if (!(error instanceof NoServerError)) throw error
    say(`SKIPPED all faults of ${blobsIn}: ${error.message}`)
    return null
  }
}

const tryAll = async (chosen: readonly Fault[], scale: Scale): Promise<Row[]> => {
  const rows: Row[] = []
  for (const [blobsIn, group] of Map.groupBy(chosen, (fault) => fault.blobsIn)) {
    let cluster: Cluster | null = null
    for (const fault of group) {
      cluster ??= await newCluster(blobsIn)
      if (cluster === null) break
      const missing = fault.missing?.(cluster) ?? null
      if (missing !== null) {
        say(`SKIPPED ${fault.name}: ${missing}`)
        continue
      }
      say(`${fault.name} (${fault.stage}) …`)
      const row = await tryFault(fault, cluster, scale)
      if (running.cut) return rows
      say(
        `  ${row.survived ? 'survived' : 'NOT SURVIVED'} in ${String(row.seconds)} s: ${row.notes}`,
      )
      rows.push(row)
      // What did not come to rest would be taken for the doing of the next fault.
      if (!row.survived) cluster = null
    }
  }
  return rows
}

const readArguments = () => {
  try {
    return parseArgs({ options }).values
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usage}`)
    process.exit(2)
  }
}

const values = readArguments()
if (values.help) {
  process.stdout.write(usage)
  process.exit()
}
// Whoever started this process with a channel wants it to end when they do, also when they are killed.
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))
process.channel?.unref()

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    say('stopping')
    running.cut = true
    const end = (): never => process.exit(128 + constants.signals[signal])
    process.once(signal, end)
    void running.stop().then(end, end)
  })

const wanted = values.only.toLowerCase()
const chosen = faults.filter(({ name, stage }) => `${name} ${stage}`.toLowerCase().includes(wanted))
if (chosen.length === 0) {
  say(
    `no fault holds ${values.only}; there are: ${[...new Set(faults.map(({ name }) => name))].join(', ')}`,
  )
  process.exit(2)
}
const rows = await tryAll(chosen, values.quick ? quick : full)
await running.stop()
if (running.cut) await new Promise(() => undefined)
process.stdout.write(values.json ? `${JSON.stringify(summaryOf(rows))}\n` : tableOf(rows))
process.exit(rows.length > 0 && rows.every(({ survived }) => survived) ? 0 : 1)
