import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { LookupAddress } from 'node:dns'
import { buffer } from 'node:stream/consumers'
import type { Lookup } from '../src/download/agent.ts'
import { createAddressGuard } from '../src/download/guard.ts'
import { createDownloader } from '../src/index.ts'
import { startPreviewServer, testLimits, type PreviewServer } from './preview-server.ts'

const signal = new AbortController().signal
const refused = { code: 'address-refused' }

describe('the guard', () => {
  it.each([
    ...['0.0.0.0', '10.1.2.3', '100.64.0.1', '127.0.0.1', '127.8.9.1', '169.254.169.254'],
    ...['172.16.0.1', '172.31.255.255', '192.168.1.1', '192.0.0.1', '198.18.0.1', '224.0.0.1'],
    ...['240.0.0.1', '255.255.255.255', '::', '::1', '::127.0.0.1', '::ffff:127.0.0.1'],
    ...['::ffff:10.0.0.1', '64:ff9b::7f00:1', '64:ff9b:1::1', '100::1', '2001:db8::1', 'fec0::1'],
    ...['2002:7f00:1::', '2001::1', 'fc00::1', 'fdff::1', 'fe80::1', 'ff02::1', 'fe80::1%eth0'],
  ])('refuses %s', (address) => {
    expect(createAddressGuard([])(address, address)).toBe(false)
  })

  it.each(['1.1.1.1', '172.32.0.1', '100.128.0.1', '::ffff:8.8.8.8', '2606:4700::1111'])(
    'permits %s',
    (address) => expect(createAddressGuard([])(address, address)).toBe(true),
  )

  it('permits what the allow-list names, and nothing beside it', () => {
    const permits = createAddressGuard(['nas.local', '10.1.0.0/16', '192.168.1.7', 'fd00::/8'])
    expect(permits('NAS.local', '192.168.1.1')).toBe(true)
    expect(permits('other.local', '10.1.200.3')).toBe(true)
    expect(permits('other.local', '::ffff:10.1.200.3')).toBe(true)
    expect(permits('other.local', '192.168.1.7')).toBe(true)
    expect(permits('other.local', 'fd12::1')).toBe(true)
    expect(permits('other.local', '192.168.1.1')).toBe(false)
    expect(permits('other.local', '10.2.0.1')).toBe(false)
  })

  it.each(['10.0.0.0/33', '10/8', 'http://nas.local', 'a b'])('wants no %s in it', (entry) => {
    expect(() => createAddressGuard([entry])).toThrow(`DOWNLOAD_ALLOW_HOSTS: ${entry}`)
  })
})

describe('a download', () => {
  let permitted: PreviewServer
  let inside: PreviewServer
  beforeEach(async () => {
    permitted = await startPreviewServer(({ url }, response) => {
      const location = decodeURIComponent(url?.slice(1) ?? '')
      response.setHeader('connection', 'close')
      if (location === 'a.mp3') response.end('sound')
      else response.writeHead(302, { location }).end()
    })
    const { port } = permitted
    inside = await startPreviewServer((_request, response) => response.end('secret'), {
      host: '127.0.0.2',
      port,
    })
  })
  afterEach(async () => {
    // Whatever was tried, nothing inside was so much as connected to.
    expect(inside.connections()).toBe(0)
    await permitted.close()
    await inside.close()
  })

  const downloader = (lookup?: Lookup) => createDownloader(testLimits, lookup)
  const read = async (url: string, lookup?: Lookup) =>
    (await buffer((await downloader(lookup).open(url, signal)).stream())).toString()

  it.each([
    ...['http://127.0.0.2:PORT/', 'http://127.2:PORT/', 'http://0x7f000002:PORT/'],
    ...['http://2130706434:PORT/', 'http://[::ffff:127.0.0.2]:PORT/', 'http://[::]:PORT/'],
    ...['http://0.0.0.0:PORT/', 'http://[::1]:PORT/', 'https://127.0.0.2:PORT/'],
    ...['file:///etc/hostname', 'ftp://127.0.0.1/', 'data:audio/mpeg,x', 'http://', '//'],
  ])('goes to %s neither straight nor by a redirect', async (pattern) => {
    const url = pattern.replace('PORT', String(permitted.port))
    await expect(read(url)).rejects.toMatchObject(refused)
    if (!url.startsWith('//')) {
      const redirecting = `${permitted.url}/${encodeURIComponent(url)}`
      await expect(read(redirecting)).rejects.toMatchObject(refused)
    }
  })

  it('goes to no name of this machine, unless it is allowed', async () => {
    const url = `http://localhost:${String(permitted.port)}/a.mp3`
    const nothingAllowed = { ...testLimits, allowHosts: [] }
    await expect(createDownloader(nothingAllowed).open(url, signal)).rejects.toMatchObject(refused)
    const allowed = createDownloader({ ...testLimits, allowHosts: ['localhost'] })
    expect(await buffer((await allowed.open(url, signal)).stream())).toEqual(Buffer.from('sound'))
  })

  const answers = (...each: string[][]) => {
    let calls = 0
    const lookup: Lookup = (_name, _options, callback) => {
      const found = (each[calls++] ?? []).map((address): LookupAddress => ({ address, family: 4 }))
      callback(null, found)
    }
    return { lookup, calls: () => calls }
  }

  it('goes to the address that was checked, not to one looked up later', async () => {
    const url = `http://rebind.example:${String(permitted.port)}/a.mp3`
    const { lookup, calls } = answers(['127.0.0.1'], ['127.0.0.2'])
    const { open } = downloader(lookup)
    expect(await buffer((await open(url, signal)).stream())).toEqual(Buffer.from('sound'))
    expect(calls()).toBe(1)
    await expect(open(url, signal)).rejects.toMatchObject(refused)
  })

  it('leaves out addresses inside the network where a name has others', async () => {
    const url = `http://both.example:${String(permitted.port)}/a.mp3`
    const { lookup } = answers(['127.0.0.2', '127.0.0.1'])
    expect(await read(url, lookup)).toBe('sound')
  })

  it('says when a name is not known', async () => {
    await expect(read('http://nowhere.invalid/a.mp3')).rejects.toMatchObject({
      code: 'unavailable',
    })
  })
})
