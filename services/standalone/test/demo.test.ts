import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { presetFingerprint, presets } from '@soundalike/audio'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

import type { Summary } from '../src/demo/summary.ts'
import { readBoxModel } from '../src/models/bundle-folder.ts'
import { makeSyntheticMusic } from '../src/sample-music/synthetic.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const STYLES = 4
const TRACKS_PER_STYLE = 4

let folder: string
let music: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'soundalike-demo-'))
  const size = { styles: STYLES, tracksPerStyle: TRACKS_PER_STYLE }
  music = dirname(await makeSyntheticMusic(join(folder, 'music'), size))
}, 180_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

const start = (data: string, ...flags: string[]) =>
  spawn(process.execPath, [main, 'demo', music, '--data', join(folder, data), ...flags], {
    env: { ...process.env, NODE_OPTIONS: '', TRAIN_BUDGET_SECONDS: '6' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })

const finish = async (
  data: string,
  ...flags: string[]
): Promise<{ code: number; summary: Summary; told: string }> => {
  const child = start(data, '--once', '--json', ...flags)
  const [out, told, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number]>,
  ])
  if (code !== 0) throw new Error(`the demo ended with ${String(code)}:\n${told}`)
  return { code, summary: JSON.parse(out) as Summary, told }
}

const expectWhole = (summary: Summary, tracks: number): void => {
  expect(summary.tracks).toBe(tracks)
  for (const stage of ['scrape', 'transcode', 'spectrogram', 'embed']) {
    expect(summary.stages[stage]).toMatchObject({ done: tracks, failed: 0 })
  }
  expect(summary.recommendations).toHaveLength(tracks)
  for (const { track, similar } of summary.recommendations) {
    const ids = similar.map(({ id }) => id)
    expect(new Set([...ids, track.id]).size).toBe(11)
    const similarities = similar.map(({ similarity }) => similarity)
    expect(similarities).toEqual([...similarities].sort((a, b) => b - a))
  }
}

describe('soundalike demo', () => {
  const total = STYLES * TRACKS_PER_STYLE

  it('goes from a folder to sound-alikes, and a second run does nothing again', async () => {
    const first = await finish('once')
    expectWhole(first.summary, total)
    expect(first.summary.failures).toEqual([])

    const second = await finish('once')
    expect(second.summary.model).toEqual(first.summary.model)
    expect(second.summary.recommendations).toEqual(first.summary.recommendations)
  }, 180_000)

  it('recommends with the model in the box, untrained, and trains one of its own where asked', async () => {
    const box = (await readBoxModel(presetFingerprint(presets['seed-v1'])))!.manifest
    const first = await finish('boxed')
    const { id, architecture, backend, loss } = box
    expect(first.summary.model).toEqual({ id, architecture, backend, loss })
    expect(first.summary.stages['train']).toMatchObject({ done: 0 })
    expect(first.told).not.toContain('Training')

    const second = await finish('boxed', '--train')
    expectWhole(second.summary, total)
    expect(second.summary.model.architecture).toBe('soundalike-1')
    expect(second.summary.model.id).not.toBe(id)
    expect(second.summary.stages['train']).toMatchObject({ done: 1 })
  }, 180_000)

  it('survives being killed in any of its phases and ends whole', async () => {
    for (const moment of [/transcode .* [1-9]\d* \//, /Training/, /epoch 1/, /^embed /m]) {
      const child = start('killed', '--once', '--json', '--train')
      child.stdout.resume()
      const exit = once(child, 'exit')
      let told = ''
      for await (const chunk of child.stderr as AsyncIterable<Buffer>) {
        told += chunk.toString()
        if (moment.test(told)) child.kill('SIGKILL')
      }
      await exit
    }
    const { summary, told } = await finish('killed', '--train')
    expectWhole(summary, total)
    // The last kill came after training, which is not done again.
    expect(told).not.toContain('Training')
  }, 240_000)

  it('names a file that is no music and goes on with the rest', async () => {
    await writeFile(join(music, 'page.mp3'), '<html><title>Forbidden</title></html>')
    const { summary } = await finish('once')
    expect(summary.failures).toMatchObject([
      { track: 'page.mp3', stage: 'transcode', code: 'not-audio' },
    ])
    expect(summary.tracks).toBe(total + 1)
    expect(summary.recommendations).toHaveLength(total)
    await rm(join(music, 'page.mp3'))
  }, 120_000)

  it('stops on Ctrl-C in order', async () => {
    const child = start('stopped', '--port', '0')
    child.stdout.resume()
    const exit = once(child, 'exit') as Promise<[number]>
    let told = ''
    for await (const chunk of child.stderr.setEncoding('utf8') as AsyncIterable<string>) {
      told += chunk
      if (!child.killed && told.includes('transcode')) child.kill('SIGINT')
    }
    expect((await exit)[0]).toBe(130)
    expect(told).not.toContain('not stop cleanly')
  }, 60_000)
})

describe('soundalike demo says in one line what is wrong', () => {
  const tell = async (...args: string[]): Promise<string> => {
    const child = spawn(process.execPath, [main, 'demo', ...args], {
      env: { ...process.env, NODE_OPTIONS: '' },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const exit = once(child, 'exit') as Promise<[number]>
    const told = await text(child.stderr)
    const [code] = await exit
    expect(code).toBe(1)
    expect(told).not.toContain('    at ')
    return told
  }

  it('where there is nothing at the path', async () => {
    expect(await tell(join(folder, 'typo'))).toContain('there is nothing at')
  })

  it('where the library is too small to learn from', async () => {
    const few = dirname(
      await makeSyntheticMusic(join(folder, 'few'), { styles: 1, tracksPerStyle: 3 }),
    )
    const told = await tell(few, '--once', '--train', '--data', join(folder, 'few-data'))
    expect(told).toContain('[library-too-small]')
    expect(told).toContain('Add music')
  }, 60_000)

  it('where the port is taken, before it begins', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const told = await tell(music, '--data', join(folder, 'port'), '--port', String(port))
    expect(told).toContain('EADDRINUSE')
    expect(told).not.toContain('model in the box')
    server.close()
  }, 60_000)
})
