import { afterAll, afterEach, beforeAll, expect, it, jest } from '@jest/globals'
import { text } from 'node:stream/consumers'
import { createDownloader } from '../src/index.ts'
import {
  startPreviewServer,
  testLimits,
  type Behaviour,
  type PreviewServer,
} from './preview-server.ts'

const BREAK_MS = 60_000
const signal = new AbortController().signal
let server: PreviewServer
beforeAll(() => {
  const timers = ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] as const
  const turns = ['setImmediate', 'clearImmediate', 'nextTick', 'queueMicrotask'] as const
  jest.useFakeTimers({ doNotFake: [...timers, ...turns, 'hrtime', 'performance'] })
})
afterAll(() => void jest.useRealTimers())
afterEach(() => server.close())

/** Three failures in a row and the host is left alone. */
const downloading = async (behave: Behaviour) => {
  server = await startPreviewServer(behave)
  const limits = { ...testLimits, breakAfterFailures: 3, breakMs: BREAK_MS }
  const downloader = createDownloader(limits)
  return (path = '/'): Promise<unknown> =>
    downloader
      .open(server.url + path, signal)
      .then((preview) => text(preview.stream()))
      .catch((error: unknown) => error)
}

const leftAlone = { code: 'unavailable', postponeMs: expect.any(Number) }
const down = { code: 'unavailable', postponeMs: undefined }

it('leaves a host alone that failed several times in a row, and tries it again with one', async () => {
  let up = false
  const download = await downloading((_request, response) => {
    if (up) response.end('sound')
    else response.writeHead(503).end()
  })
  for (let i = 0; i < 3; i++) expect(await download()).toMatchObject(down)
  expect(await download()).toMatchObject(leftAlone)
  expect(server.requests).toHaveLength(3)

  jest.setSystemTime(Date.now() + BREAK_MS)
  const outcomes = await Promise.all([download(), download(), download()])
  expect(outcomes).toMatchObject([down, leftAlone, leftAlone])
  expect(server.requests).toHaveLength(4)

  up = true
  jest.setSystemTime(Date.now() + BREAK_MS)
  expect(await download()).toBe('sound')
  expect(await Promise.all([download(), download()])).toEqual(['sound', 'sound'])
})

it('counts what breaks off midway, and starts anew with every preview that came', async () => {
  const download = await downloading(({ url }, response) => {
    if (url === '/whole') response.end('sound')
    else response.writeHead(200, { 'content-length': 10 }).write('x', () => response.destroy())
  })
  for (const outcome of [down, down]) expect(await download('/part')).toMatchObject(outcome)
  expect(await download('/whole')).toBe('sound')
  for (const outcome of [down, down, down, leftAlone]) {
    expect(await download('/part')).toMatchObject(outcome)
  }
})

it('takes answers about a single preview, and requests to wait, for signs of life', async () => {
  const statuses = [404, 403, 429, 410, 404, 429]
  const download = await downloading((_request, response, nth) =>
    response.writeHead(statuses[nth - 1] ?? 200).end('sound'),
  )
  for (const _ of statuses) expect(await download()).not.toMatchObject({ code: 'unavailable' })
  expect(await download()).toBe('sound')
})

it('leaves a host in peace over nobody else’s fault: a reader that goes away', async () => {
  server = await startPreviewServer((_request, response) => void response.write('sound'))
  const downloader = createDownloader({ ...testLimits, breakAfterFailures: 1, breakMs: 60_000 })
  for (let i = 0; i < 3; i++) {
    const preview = await downloader.open(server.url, signal)
    for await (const _ of preview.stream()) break
  }
  const stop = new AbortController()
  const preview = await downloader.open(server.url, stop.signal)
  const reading = text(preview.stream())
  stop.abort(new Error('enough'))
  await expect(reading).rejects.toThrow('enough')
  await (await downloader.open(server.url, signal)).close()
})
