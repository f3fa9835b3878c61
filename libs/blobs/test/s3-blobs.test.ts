import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { afterAll, describe, expect, test } from '@jest/globals'
import { serverOrSkip, startS3 } from '@soundalike/testkit'
import { openBlobs } from '../src/index.ts'
import { describeBlobStore } from './conformance.ts'

const server = await serverOrSkip('blobs on an S3 server', startS3)
afterAll(() => server?.stop())
const library = new URL('../src/index.ts', import.meta.url).href

if (server !== null) {
  Object.assign(process.env, server.environment)

  const newUrl = (endpoint?: string): URL => {
    const url = new URL(server.url)
    url.pathname += `/${randomUUID()}`
    if (endpoint !== undefined) url.searchParams.set('endpoint', endpoint)
    return url
  }
  const open = () => openBlobs(newUrl().href)

  describeBlobStore('an S3 server', async () => ({ store: await open(), dispose: async () => {} }))

  describe('blobs on an S3 server', () => {
    test('go up in parts when they are large', async () => {
      const store = await open()
      const bytes = Uint8Array.from({ length: 40 << 20 }, (_, index) => (index * 31) % 253)
      await store.put('models/m/weights.bin', bytes)
      expect(
        Buffer.compare((await store.get('models/m/weights.bin')) ?? new Uint8Array(), bytes),
      ).toBe(0)
      await store.close()
    })

    test('are listed beyond one page of the server’s answer', async () => {
      const store = await open()
      const keys = Array.from({ length: 1_050 }, (_, index) => `mel/${String(index)}`)
      for (let start = 0; start < keys.length; start += 50) {
        const batch = keys.slice(start, start + 50)
        await Promise.all(batch.map((key) => store.put(key, Uint8Array.of(1))))
      }
      const listed = new Set<string>()
      for await (const { key } of store.list('mel/')) listed.add(key)
      expect(listed).toEqual(new Set(keys))
      await store.close()
    })

    test.each([
      ['in one piece', 8 << 20, 1 << 20],
      ['in parts', 40 << 20, 20 << 20],
    ])('are not there when their writer is killed half-way, %s', async (_, size, killedAfter) => {
      const door = await openDoor(killedAfter)
      const url = newUrl(door.endpoint)
      const writer = spawn(
        process.execPath,
        [
          '--input-type=module',
          '-e',
          `import { openBlobs } from ${JSON.stringify(library)}
           const store = await openBlobs(${JSON.stringify(url.href)})
           await store.put('pcm/half', new Uint8Array(${String(size)}))`,
        ],
        { env: { ...process.env, ...server.environment }, stdio: 'inherit' },
      )
      const ended = once(writer, 'exit')
      expect(await Promise.race([door.shut, ended])).toBe('shut')
      writer.kill('SIGKILL')
      await ended
      door.close()

      url.searchParams.set('endpoint', new URL(server.url).searchParams.get('endpoint') ?? '')
      const store = await openBlobs(url.href)
      expect(await store.get('pcm/half')).toBeNull()
      expect(await Array.fromAsync(store.list(''))).toEqual([])
      await store.close()
    })
  })

  /** A way to the server that lets so many bytes in and no more. */
  const openDoor = async (bytes: number) => {
    const target = new URL(new URL(server.url).searchParams.get('endpoint') ?? '')
    const { promise: shut, resolve } = Promise.withResolvers<'shut'>()
    let passed = 0
    const door = createServer((outer) => {
      const inner = connect(Number(target.port), target.hostname)
      for (const end of [outer, inner]) end.on('error', () => undefined)
      inner.pipe(outer)
      outer.on('data', (chunk) => {
        passed += chunk.length
        if (passed > bytes) resolve('shut')
        else inner.write(chunk)
      })
      outer.on('close', () => inner.destroy())
    }).listen(0, '127.0.0.1')
    await once(door, 'listening')
    const { port } = door.address() as AddressInfo
    return { endpoint: `http://127.0.0.1:${String(port)}`, shut, close: () => door.close() }
  }
}
