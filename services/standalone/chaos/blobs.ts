import { startS3 } from '@soundalike/testkit'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { startProxy, type Proxy } from './proxy.ts'
import { mountSmallDisk } from './small-disk.ts'

export type BlobsIn = 'folder' | 's3'

/** Sees to it that a part is stopped with everything else. */
export type Started = <Part extends { stop(): Promise<void> }>(name: string, part: Part) => Part

/** Where the blobs of an installation are. */
export interface Blobs {
  readonly url: string
  /** The same behind the proxy. */
  readonly proxiedUrl: string
  readonly proxy: Proxy | null
  readonly folder: string | null
  readonly environment: Readonly<Record<string, string>>
}

/** @throws NoServerError where there is no S3 server to be had */
export const startBlobs = async (
  blobsIn: BlobsIn,
  parent: string,
  started: Started,
): Promise<Blobs> => {
  if (blobsIn === 's3') {
    const server = started('s3', await startS3())
    // The SDK of this process looks for them there too.
    Object.assign(process.env, server.environment)
    const url = new URL(server.url)
    const proxy = started('proxy', await startProxy(url.searchParams.get('endpoint') ?? ''))
    url.searchParams.set('endpoint', proxy.url)
    const { environment } = server
    return { url: server.url, proxiedUrl: url.href, proxy, folder: null, environment }
  }
  const folder = join(parent, 'blobs')
  await mkdir(folder)
  const disk = await mountSmallDisk(folder)
  if (disk !== null) started('disk', disk)
  const url = pathToFileURL(folder).href
  const environment = {}
  return { url, proxiedUrl: url, proxy: null, folder: disk && folder, environment }
}
