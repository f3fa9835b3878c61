import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { createStageService, type StageService } from '@soundalike/pipeline'
import { startTestGateway, type TestGateway } from './gateway.ts'

const told = {
  epoch: 3,
  loss: 1.5,
  validationLoss: 1.75,
  cropsPerSecond: 40,
  seconds: 20,
  secondsLeft: 60,
}
let gateway: TestGateway
let trainer: StageService
const { promise: ended, resolve: end } = Promise.withResolvers<void>()
const { promise: reported, resolve: report } = Promise.withResolvers<void>()

beforeAll(async () => {
  gateway = await startTestGateway()
  const config = {
    CONCURRENCY: undefined,
    STOP_TIMEOUT_SECONDS: 10,
    EXIT_WHEN_IDLE_SECONDS: undefined,
    MAX_WAITING_PCM: 2_000,
  }
  const ports = { ...gateway.library.ports, config }
  trainer = createStageService(ports, 'train', async ({ progress }) => {
    await progress(0.25, told)
    report()
    await ended
  })
  await trainer.start()
})
afterAll(async () => {
  end()
  await trainer.stop()
  await gateway.close()
})

it('tells how far training is while it runs', async () => {
  const ask = async () => (await gateway.get('/v1/training')).json()
  expect(await ask()).toEqual({ runs: [] })
  const { pipeline, fingerprints } = gateway.library.ports
  const fingerprint = fingerprints.spectrogram
  await pipeline.enqueue('train', [
    { runId: 'r', fingerprint, architecture: 'two-axis', seed: 1, budgetSeconds: 80 },
  ])
  await reported
  expect(await ask()).toEqual({ runs: [{ fraction: 0.25, epoch: told }] })
})
