import { afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import {
  answering,
  silent,
  startScriptedServer,
  type Answer,
  type SeenRequest,
} from '@soundalike/testkit'
import { openBlobs, type BlobStore } from '../src/index.ts'
import { openS3Blobs } from '../src/s3-blobs.ts'

/** An error of S3, https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const failing =
  (status: number, code: string): Answer =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/xml' })
    response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>so</Message></Error>`)
  }

const emptyList = answering('<?xml version="1.0"?><ListBucketResult></ListBucketResult>')
const isOpening = ({ line }: SeenRequest): boolean => line.includes('list-type=2')

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})
beforeAll(() => {
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret' })
})

/** A store whose server gives the answers in turn, the last of them for ever. */
const storeGetting = (...answers: Answer[]) => storeWaiting(10_000, ...answers)

/** The same, on a client that takes so much silence and no more. */
const storeWaiting = async (idleTimeoutMs: number, ...answers: Answer[]) => {
  let next = 0
  const server = await startScriptedServer((request, response) => {
    if (isOpening(request)) return emptyList(request, response)
    answers[Math.min(next, answers.length - 1)]?.(request, response)
    next += 1
  })
  closing.push(server.stop)
  const store: BlobStore = await openS3Blobs(
    { bucket: 'b-1', prefix: 'p/', endpoint: server.endpoint, region: undefined, pathStyle: true },
    { connectTimeoutMs: 10_000, idleTimeoutMs, attempts: 3 },
  )
  closing.push(() => store.close())
  const asked = () => server.requests.filter((request) => !isOpening(request))
  return { store, asked }
}

const bytes = Buffer.from('123456789')
/** CRC-32 of "123456789", the check value every table of checksums gives: cbf43926. */
const checksum = Buffer.from('cbf43926', 'hex').toString('base64')
const transient = { code: 'unavailable', permanent: false }

describe('an S3 client', () => {
  test('writes by path, with a signature and the checksum of the bytes', async () => {
    const { store, asked } = await storeGetting(answering())
    await store.put('mel/a', bytes)
    const [request] = asked()
    expect(request?.line.split('?')[0]).toBe('PUT /b-1/p/mel/a')
    expect(request?.body.equals(bytes)).toBe(true)
    expect(request?.headers['x-amz-checksum-crc32']).toBe(checksum)
    expect(request?.headers.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=key\//)
  })

  test('tries again while the server is overloaded', async () => {
    const busy = failing(503, 'SlowDown')
    const { store, asked } = await storeGetting(busy, failing(500, 'InternalError'), answering())
    await store.put('mel/a', bytes)
    expect(asked()).toHaveLength(3)
    expect(asked().every(({ body }) => body.equals(bytes))).toBe(true)
  })

  test('gives up after its attempts, and says why', async () => {
    const { store, asked } = await storeGetting(failing(503, 'SlowDown'))
    await expect(store.get('mel/a')).rejects.toMatchObject({
      ...transient,
      message: 'blob store cannot read mel/a: S3 answers 503 SlowDown',
    })
    expect(asked()).toHaveLength(3)
  })

  test('tries again when nothing is answered, and gives up on a server that stays silent', async () => {
    const { store, asked } = await storeWaiting(500, silent, answering())
    await store.put('mel/a', bytes)
    expect(asked()).toHaveLength(2)

    const dumb = await storeWaiting(500, silent)
    await expect(dumb.store.has('mel/a')).rejects.toMatchObject(transient)
    expect(dumb.asked()).toHaveLength(3)
  })

  test('does not wait for ever for the rest of an answer', async () => {
    const { store } = await storeWaiting(500, (_, response) => {
      response.writeHead(200, { 'content-length': '9' })
      response.write('1234')
    })
    await expect(store.get('mel/a')).rejects.toMatchObject(transient)
  })

  test('does not take an answer that was cut short, or that does not fit its checksum', async () => {
    const cut = await storeGetting((_, response) => {
      response.writeHead(200, { 'content-length': '9' })
      response.write('1234', () => response.destroy())
    })
    await expect(cut.store.get('mel/a')).rejects.toMatchObject(transient)

    const sound = await storeGetting(answering('123456789', { 'x-amz-checksum-crc32': checksum }))
    expect(Buffer.from((await sound.store.get('mel/a')) ?? []).equals(bytes)).toBe(true)
    const spoilt = await storeGetting(answering('123456780', { 'x-amz-checksum-crc32': checksum }))
    await expect(spoilt.store.get('mel/a')).rejects.toMatchObject(transient)
  })

  test('takes a refusal for an answer, and a missing bucket for more than a missing blob', async () => {
    const refused = await storeGetting(failing(403, 'SignatureDoesNotMatch'))
    await expect(refused.store.put('mel/a', bytes)).rejects.toMatchObject({
      ...transient,
      message: 'blob store cannot write mel/a: S3 answers 403 SignatureDoesNotMatch',
    })
    expect(refused.asked()).toHaveLength(1)
    const gone = await storeGetting(failing(404, 'NoSuchBucket'))
    await expect(gone.store.get('mel/a')).rejects.toMatchObject(transient)
    const absent = await storeGetting(failing(404, 'NoSuchKey'))
    expect(await absent.store.get('mel/a')).toBeNull()
  })

  test('takes back the parts of a blob when one of them cannot be written', async () => {
    const { store, asked } = await storeGetting((request, response) => {
      const reply = request.line.includes('?uploads')
        ? answering(
            '<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>',
          )
        : request.line.includes('partNumber=2')
          ? failing(503, 'ServiceUnavailable')
          : answering('', { etag: '"e"' })
      reply(request, response)
    })
    await expect(store.put('mel/large', new Uint8Array(40 << 20))).rejects.toMatchObject(transient)
    const lines = asked().map(({ line }) => line)
    expect(lines.filter((line) => line.includes('partNumber=2'))).toHaveLength(3)
    expect(lines.some((line) => line.startsWith('DELETE') && line.includes('uploadId=u1'))).toBe(
      true,
    )
    expect(lines.some((line) => line.startsWith('POST') && line.includes('uploadId=u1'))).toBe(
      false,
    )
  })

  test('says on opening what is wrong with its bucket', async () => {
    const server = await startScriptedServer(failing(404, 'NoSuchBucket'))
    closing.push(server.stop)
    const url = `s3://b-1/p?endpoint=${server.endpoint}&pathStyle=true`
    await expect(openBlobs(url)).rejects.toMatchObject({
      ...transient,
      message: 'blob store cannot open its bucket: S3 answers 404 NoSuchBucket',
    })
  })
})

describe('the URL of an S3 bucket', () => {
  test.each([
    's3://',
    's3://Bucket_/p',
    's3://bucket/.hidden',
    's3://bucket/p?colour=blue',
    's3://bucket?endpoint=minio:9000',
    's3://bucket?endpoint=http://key:secret@minio:9000',
    's3://key:secret@bucket',
  ])('is refused as %s', async (url) => {
    const refusal = openBlobs(url)
    await expect(refusal).rejects.toThrow(TypeError)
    await expect(refusal).rejects.not.toThrow(/secret/)
  })
})
