import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { untilActive, type Fault } from './fault.ts'
import type { Weather } from './proxy.ts'
import { fillDisk } from './small-disk.ts'

/** Nothing is forgotten meanwhile. */
export const redisAway: Fault = {
  name: 'Redis stopped and started',
  stage: 'all',
  blobsIn: 'folder',
  heard: true,
  strike: async ({ cluster, scale, feed }) => {
    await feed()
    await untilActive(cluster, 'transcode')
    await cluster.redis.halt()
    await sleep(scale.outageMs)
    await cluster.redis.resume()
    return [`away for ${String(scale.outageMs / 1000)} s`]
  },
}

/** What the queues held is gone. */
export const redisEmptied: Fault = {
  name: 'Redis restarted empty',
  stage: 'all',
  blobsIn: 'folder',
  heard: true,
  strike: async ({ cluster, feed }) => {
    await feed()
    await untilActive(cluster, 'transcode')
    await cluster.redis.halt()
    await rm(join(cluster.redis.folder, 'appendonlydir'), { recursive: true })
    await cluster.redis.resume()
    return []
  },
}

/** Every connection is cut. */
export const postgresRestarted: Fault = {
  name: 'PostgreSQL restarted',
  stage: 'all',
  blobsIn: 'folder',
  heard: true,
  strike: async ({ cluster, feed }) => {
    await feed()
    await untilActive(cluster, 'spectrogram')
    await cluster.postgres.halt()
    await cluster.postgres.resume()
    return []
  },
}

/** Nothing can be embedded meanwhile. */
export const vectorsAway: Fault = {
  name: 'vector store down',
  stage: 'embed',
  blobsIn: 'folder',
  heard: true,
  strike: async ({ cluster, scale, feed }) => {
    await feed()
    await untilActive(cluster, 'embed')
    const { qdrant, postgres } = cluster
    if (qdrant === null) await postgres.halt()
    else qdrant.setWeather('cut')
    await sleep(scale.vectorOutageMs)
    if (qdrant === null) await postgres.resume()
    else qdrant.setWeather('fair')
    const where = qdrant === null ? 'vectors are in PostgreSQL, no Qdrant to be had' : 'Qdrant'
    return [`${where}; away for ${String(scale.vectorOutageMs / 1000)} s`]
  },
}

/** What stands between the processes and the S3 server misbehaves. */
export const badWeather = (name: string, weather: Weather): Fault => ({
  name,
  stage: 'all',
  blobsIn: 's3',
  heard: weather === 'refuse',
  strike: async ({ cluster, scale, feed }) => {
    await feed()
    await untilActive(cluster, 'transcode')
    cluster.s3?.setWeather(weather)
    await sleep(scale.outageMs)
    cluster.s3?.setWeather('fair')
    return [`for ${String(scale.outageMs / 1000)} s`]
  },
})

/** Nothing can be written meanwhile. */
export const diskFull: Fault = {
  name: 'disk full in the blob folder',
  stage: 'transcode',
  blobsIn: 'folder',
  heard: true,
  missing: ({ blobFolder }) =>
    blobFolder === null ? 'this process may not mount a small disk for the blobs' : null,
  strike: async ({ cluster, scale, feed }) => {
    const makeRoom = await fillDisk(cluster.blobFolder ?? '')
    await feed()
    await sleep(scale.outageMs)
    await makeRoom()
    return [`for ${String(scale.outageMs / 1000)} s`]
  },
}
