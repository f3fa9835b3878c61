// A worker that takes a job and never finishes it, to be killed: node vanishing-worker.ts DATABASE_URL QUEUE_URL
import { fingerprints, openHouse } from './house.ts'

const [databaseUrl = '', queueUrl = ''] = process.argv.slice(2)
const house = await openHouse({ databaseUrl, queueUrl })
const [trackId = ''] = await house.addTracks(1)
const work = (): Promise<never> => {
  process.stdout.write(`${trackId}\n`)
  return new Promise(() => undefined)
}
await house.run('spectrogram', work, { lockMs: 1_000 })
await house.pipeline.enqueue('spectrogram', [{ trackId, fingerprint: fingerprints.spectrogram }])
