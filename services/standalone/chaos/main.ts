/** `npm run chaos`: real faults on a real installation; see the README beside this file. */
import { scriptOptions } from '@soundalike/testkit'
import { constants } from 'node:os'
import type { Scale } from './fault.ts'
import { faults } from './faults.ts'
import { summaryOf, tableOf } from './report.ts'
import { say, tryAll, type Running } from './try-all.ts'

const usage = `npm run chaos [-- --quick] [--json] [--only NAME]

Starts the whole installation as processes of their own over a Redis and a PostgreSQL server, lets faults strike it
while tracks are on their way, and looks after each whether a track was lost or doubled.

  --quick      fewer tracks, kills and seconds; under ten minutes on two cores
  --json       one JSON object on standard output and nothing else
  --only NAME  only faults whose name or stage holds NAME
  --help       this

Ends with 1 where a fault was not survived.`

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

const { json, scale, chosen } = scriptOptions(
  usage,
  {
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
    },
  },
  ({ values }) => {
    const wanted = values.only.toLowerCase()
    const named = faults.filter(({ name, stage }) =>
      `${name} ${stage}`.toLowerCase().includes(wanted),
    )
    const names = [...new Set(faults.map(({ name }) => name))].join(', ')
    if (named.length === 0) throw new Error(`No fault holds ${values.only}. There are: ${names}`)
    return { json: values.json, scale: values.quick ? quick : full, chosen: named }
  },
)

// Whoever started this process with a channel wants it to end when they do, also when they are killed.
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))
process.channel?.unref()

const running: Running = { cut: false, stop: () => Promise.resolve() }
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    // Stopping is bounded, and a second signal would leave a disk mounted.
    if (running.cut) return
    say('stopping')
    running.cut = true
    const end = (): never => process.exit(128 + constants.signals[signal])
    void running.stop().then(end, end)
  })

const rows = await tryAll(chosen, scale, running)
await running.stop()
// The signal's own end is on its way.
if (running.cut) await new Promise(() => undefined)
process.stdout.write(json ? `${JSON.stringify(summaryOf(rows))}\n` : tableOf(rows))
process.exit(rows.length > 0 && rows.every(({ survived }) => survived) ? 0 : 1)
