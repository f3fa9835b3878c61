import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { checkKey, checkPrefix, isKey } from './blob-key.ts'
import type { BlobInfo, BlobStore } from './blob-store.ts'
import { orUnavailable, unlessAbsent } from './s3-failure.ts'
import type { S3Location } from './s3-url.ts'

/** How long and how often a server is asked before it counts as away. */
export interface S3Patience {
  readonly connectTimeoutMs: number
  /** Longest time in which no byte goes either way, whether a request is going up or an answer is coming down. */
  readonly idleTimeoutMs: number
  /** Tries of one request, with growing pauses between them. */
  readonly attempts: number
}

const defaultPatience: S3Patience = {
  connectTimeoutMs: 5_000,
  idleTimeoutMs: 30_000,
  attempts: 5,
}

/** Larger blobs go up in parts of this size, so that one lost connection costs one part. */
const partBytes = 16 * 1024 * 1024

/**
 * Blobs as objects of an S3 bucket, under their keys. Every object carries a CRC-32 that the server checks on the way
 * in and the client on the way out. Credentials come from the AWS SDK's usual places (environment,
 * profile, container, instance).
 *
 * @throws Failure `unavailable` when the bucket is not there, may not be read, or does not answer
 */
export const openS3Blobs = async (
  { bucket, prefix, endpoint, region, pathStyle }: S3Location,
  patience: S3Patience = defaultPatience,
): Promise<BlobStore> => {
  const client = new S3Client({
    ...(endpoint !== undefined && { endpoint }),
    // A server of one's own has no regions, and the client does not go without.
    ...(region !== undefined ? { region } : endpoint !== undefined && { region: 'us-east-1' }),
    forcePathStyle: pathStyle,
    maxAttempts: patience.attempts,
    requestHandler: {
      connectionTimeout: patience.connectTimeoutMs,
      socketTimeout: patience.idleTimeoutMs,
    },
  })
  const objectOf = (key: string): { Bucket: string; Key: string } => {
    checkKey(key)
    return { Bucket: bucket, Key: prefix + key }
  }
  await orUnavailable('open its bucket', () =>
    client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, MaxKeys: 1 })),
  )

  return {
    async put(key, bytes) {
      const params = { ...objectOf(key), Body: bytes }
      await orUnavailable(`write ${key}`, () =>
        new Upload({ client, params, partSize: partBytes }).done(),
      )
    },

    async get(key) {
      const object = objectOf(key)
      return orUnavailable(`read ${key}`, () => unlessAbsent(read(client, object), null))
    },

    async has(key) {
      const object = objectOf(key)
      const look = () => client.send(new HeadObjectCommand(object)).then(() => true)
      return orUnavailable(`look at ${key}`, () => unlessAbsent(look(), false))
    },

    async delete(key) {
      const object = objectOf(key)
      const remove = () => client.send(new DeleteObjectCommand(object))
      await orUnavailable(`delete ${key}`, () => unlessAbsent(remove(), undefined))
    },

    list(keyPrefix) {
      checkPrefix(keyPrefix)
      return listObjects(client, bucket, prefix, keyPrefix)
    },

    async close() {
      client.destroy()
    },
  }
}

const read = async (
  client: S3Client,
  object: { Bucket: string; Key: string },
): Promise<Uint8Array> => {
  const { Body } = await client.send(new GetObjectCommand(object))
  return Body === undefined ? new Uint8Array() : Body.transformToByteArray()
}

async function* listObjects(
  client: S3Client,
  bucket: string,
  prefix: string,
  keyPrefix: string,
): AsyncGenerator<BlobInfo> {
  const pages = paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix + keyPrefix })
  for (;;) {
    const page = await orUnavailable('list its bucket', () => pages.next())
    if (page.done === true) return
    for (const { Key = '', Size = 0, LastModified = new Date(0) } of page.value.Contents ?? []) {
      const key = Key.slice(prefix.length)
      // Others may keep things in the bucket too, and some tools leave objects that stand for folders.
      if (isKey(key)) yield { key, sizeBytes: Size, modifiedAt: LastModified }
    }
  }
}
