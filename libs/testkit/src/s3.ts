import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { startContainer } from './container.ts'
import { findProgram } from './find-program.ts'
import { freePort } from './free-port.ts'
import { runServer } from './server-process.ts'
import { announce, NoServerError, type TestServer } from './test-server.ts'
import { untilReady } from './until-ready.ts'

/** An S3 bucket of a real server. */
export interface S3TestServer extends TestServer {
  /** What a process needs in its environment to be let in; empty where the credentials were given. */
  readonly environment: Readonly<Record<string, string>>
}

/**
 * A bucket on an S3 server: the one that TEST_S3_URL names as BLOBS_URL does, with its endpoint (it must hold nothing of
 * value; the credentials are those of the environment), else MinIO from a container engine, else a local `minio` or
 * `versitygw`. Its URL is one for BLOBS_URL.
 *
 * @throws NoServerError where none of them can be had
 */
export const startS3 = async (): Promise<S3TestServer> => {
  const given = process.env['TEST_S3_URL']
  if (given !== undefined) {
    announce('s3', 'the one at TEST_S3_URL')
    return { url: given, environment: {}, stop: () => Promise.resolve() }
  }
  return (await inContainer()) ?? (await locally())
}

const bucket = 'soundalike-test'
const accessKeyId = 'soundalike'
const secretAccessKey = 'soundalike-secret'
const minioEnvironment = { MINIO_ROOT_USER: accessKeyId, MINIO_ROOT_PASSWORD: secretAccessKey }

const inContainer = async (): Promise<S3TestServer | null> => {
  const container = await startContainer({
    name: 'minio/minio:RELEASE.2025-09-07T16-13-09Z',
    port: 9000,
    environment: minioEnvironment,
    command: ['server', '/data'],
  })
  if (container === null) return null
  return newBucket(
    'in a container',
    `http://${container.getHost()}:${container.getMappedPort(9000)}`,
    async () => void (await container.stop()),
  )
}

interface Program {
  readonly name: string
  readonly arguments: (port: number, folder: string) => string[]
  readonly environment: Record<string, string>
}

const programs: Program[] = [
  {
    name: 'minio',
    arguments: (port, folder) => ['server', folder, '--address', `127.0.0.1:${port}`],
    environment: minioEnvironment,
  },
  {
    // https://github.com/versity/versitygw: objects as files of a folder.
    name: 'versitygw',
    arguments: (port, folder) => ['--port', `127.0.0.1:${port}`, 'posix', folder],
    environment: { ROOT_ACCESS_KEY: accessKeyId, ROOT_SECRET_KEY: secretAccessKey },
  },
]

const locally = async (): Promise<S3TestServer> => {
  for (const program of programs) {
    const file = await findProgram(program.name)
    if (file === null) continue
    const port = await freePort()
    const folder = await mkdtemp(path.join(tmpdir(), 'soundalike-s3-'))
    const { environment } = program
    const server = runServer([file, ...program.arguments(port, folder)], folder, { environment })
    return newBucket(file, `http://127.0.0.1:${port}`, () => server.stop())
  }
  throw new NoServerError('no TEST_S3_URL, no container engine, no minio or versitygw on PATH')
}

const newBucket = async (
  how: string,
  endpoint: string,
  stop: () => Promise<void>,
): Promise<S3TestServer> => {
  const region = 'us-east-1'
  const credentials = { accessKeyId, secretAccessKey }
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true })
  await untilReady('s3', () => client.send(new CreateBucketCommand({ Bucket: bucket })))
  client.destroy()
  announce('s3', how)
  const parameters = new URLSearchParams({ endpoint, region, pathStyle: 'true' })
  return {
    url: `s3://${bucket}?${parameters.toString()}`,
    environment: { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
    stop,
  }
}
