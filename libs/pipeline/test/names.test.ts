import { expect, test } from '@jest/globals'
import { metricNames, queuesOf, redisPrefix, stages } from '../src/index.ts'
import { encodePayload } from '../src/payload.ts'

const track = 't0123456789abcdef01234567'

test('queues, as scalers and dashboards name them', () => {
  expect(queuesOf).toEqual({
    scrape: ['scrape'],
    transcode: ['transcode-folder', 'transcode-manifest'],
    spectrogram: ['spectrogram'],
    embed: ['embed'],
    train: ['train'],
    map: ['map'],
  })
  expect(redisPrefix).toBe('{soundalike}')
})

test('metrics, as alerts and scalers name them', () => {
  expect(metricNames).toEqual({
    jobs: 'soundalike_jobs_total',
    jobSeconds: 'soundalike_job_seconds',
    queueJobs: 'soundalike_queue_jobs',
    oldestWaitingSeconds: 'soundalike_queue_oldest_waiting_seconds',
    holding: 'soundalike_holding_back',
  })
})

test('jobs get their queue, their id and proto JSON', () => {
  expect(encodePayload('scrape', { source: 'folder-1f0c9a2b' })).toEqual({
    queue: 'scrape',
    jobId: 'scrape-folder-1f0c9a2b',
    data: { source: 'folder-1f0c9a2b' },
  })
  expect(
    encodePayload('transcode', { trackId: track, source: 'manifest-1f0c9a2b', fingerprint: 'aa' }),
  ).toEqual({
    queue: 'transcode-manifest',
    jobId: `transcode-${track}-aa`,
    data: { trackId: track, source: 'manifest-1f0c9a2b', fingerprint: 'aa' },
  })
  const idOf = {
    spectrogram: encodePayload('spectrogram', { trackId: track, fingerprint: 'aa' }).jobId,
    embed: encodePayload('embed', { trackId: track, modelId: 'two-axis-1' }).jobId,
    train: encodePayload('train', { runId: 'r1' }).jobId,
    map: encodePayload('map', { space: 'two-axis-1', runId: 'r1' }).jobId,
  }
  expect(idOf).toEqual({
    spectrogram: `spectrogram-${track}-aa`,
    embed: `embed-${track}-two-axis-1`,
    train: 'train-r1',
    map: 'map-two-axis-1-r1',
  })
})

test.each(['', 'a:b', 'a b', 'x'.repeat(81), '../x'])('a job cannot be named %j', (part) => {
  expect(() => encodePayload('train', { runId: part })).toThrow(
    expect.objectContaining({ code: 'bad-job' }),
  )
})

test('a transcode job of no known kind of source is refused', () => {
  const job = { trackId: track, source: 'gopher-1', fingerprint: 'aa' }
  expect(() => encodePayload('transcode', job)).toThrow(
    expect.objectContaining({ code: 'bad-job' }),
  )
})

test('the catalog row of each stage', () => {
  const row = { trackId: track, fingerprint: 'aa' }
  const identity = stages.spectrogram.identity
  expect(identity({ ...row, $typeName: 'soundalike.v1.SpectrogramJob' })).toEqual({
    ...row,
    stage: 'spectrogram',
  })
  expect(
    stages.embed.identity({ $typeName: 'soundalike.v1.EmbedJob', trackId: track, modelId: 'm' }),
  ).toEqual({ trackId: track, stage: 'embed', fingerprint: 'm' })
})
