import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { startContainer } from './container.ts'
import { findProgram } from './find-program.ts'
import { freePort } from './free-port.ts'
import { runServer } from './server-process.ts'
import { announce, NoServerError, type TestServer } from './test-server.ts'
import { untilReady } from './until-ready.ts'

/**
 * A Qdrant server: the one at QDRANT_URL (which must hold nothing of value, and serve one suite at a time), else from a
 * container engine, else a local `qdrant`.
 *
 * @throws NoServerError where none of them can be had
 */
export const startQdrant = async (): Promise<TestServer> => {
  const given = process.env['QDRANT_URL']
  if (given !== undefined) {
    announce('qdrant', 'the one at QDRANT_URL')
    return { url: given, stop: () => Promise.resolve() }
  }
  return (await inContainer()) ?? (await locally())
}

const inContainer = async (): Promise<TestServer | null> => {
  const container = await startContainer({ name: 'qdrant/qdrant:v1.19.0', port: 6333 })
  if (container === null) return null
  const url = `http://${container.getHost()}:${container.getMappedPort(6333)}`
  await untilReady('qdrant', () => ready(url))
  announce('qdrant', 'in a container')
  return { url, stop: async () => void (await container.stop()) }
}

const locally = async (): Promise<TestServer> => {
  const program = await findProgram('qdrant')
  if (program === null)
    throw new NoServerError('no QDRANT_URL, no container engine, no qdrant on PATH')
  const folder = await mkdtemp(path.join(tmpdir(), 'soundalike-qdrant-'))
  const port = await freePort()
  const environment = {
    QDRANT__SERVICE__HOST: '127.0.0.1',
    QDRANT__SERVICE__HTTP_PORT: String(port),
    QDRANT__SERVICE__GRPC_PORT: String(await freePort()),
    QDRANT__STORAGE__STORAGE_PATH: path.join(folder, 'storage'),
    QDRANT__STORAGE__SNAPSHOTS_PATH: path.join(folder, 'snapshots'),
    QDRANT__TELEMETRY_DISABLED: 'true',
  }
  const server = runServer([program], folder, { environment })
  const url = `http://127.0.0.1:${port}`
  await untilReady('qdrant', () => ready(url))
  announce('qdrant', program)
  return { url, stop: () => server.stop() }
}

const ready = async (url: string): Promise<void> => {
  const { ok, status } = await fetch(`${url}/readyz`)
  if (!ok) throw new Error(`qdrant answers ${status}`)
}
