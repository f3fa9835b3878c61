import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { makeSyntheticMusic } from '../src/sample-music/synthetic.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

let folder: string
let music: string
let manifest: string
let model: string

/** Where there is nothing, which does not matter to what is found out before. */
const folderName = 'no-folder'

interface Row {
  file: string
  track_id: string
  artist: string
  style: string
}

const start = (...words: string[]) =>
  spawn(process.execPath, [main, ...words], {
    // Too short for a training under way to end.
    env: { ...process.env, NODE_OPTIONS: '', STOP_TIMEOUT_SECONDS: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })

const run = async (...words: string[]) => {
  const child = start(...words)
  const [out, told, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number]>,
  ])
  return { out, told, code }
}

const evaluate = (...words: string[]) =>
  run('eval', '--manifest', manifest, '--music', music, ...words)

/** Two tracks of each style stand for two segments of one recording; two styles for an artist. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'soundalike-eval-'))
  const made = await makeSyntheticMusic(join(folder, 'music'), { styles: 4, tracksPerStyle: 2 })
  music = dirname(made)
  const files = (await readFile(made, 'utf8')).trim().split('\n')
  const rows = files.map((line, index): Row => {
    const { file } = JSON.parse(line) as { file: string }
    const style = String(index >> 1)
    const artist = index < 4 ? `artist ${String(index >> 2)}` : 'unknown'
    return { file, track_id: `recording ${style}`, artist, style: index < 4 ? 'slow' : 'fast' }
  })
  manifest = join(folder, 'manifest.jsonl')
  await writeFile(manifest, rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  model = join(folder, 'model')
  const words = ['--manifest', manifest, '--music', music, '--out', model, '--seconds', '5']
  const trained = await run('train', ...words, '--hold-out', '0.3')
  if (trained.code !== 0) throw new Error(trained.told)
}, 180_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

const interval = {
  value: expect.any(Number),
  low: expect.any(Number),
  high: expect.any(Number),
}
const hits = { hitAt1: interval, hitAt10: interval }

describe('soundalike eval', () => {
  it('prints one JSON object with every figure of a model', async () => {
    const { out, told, code } = await evaluate('--model', model, '--json')
    expect([code, told]).toEqual([0, expect.stringContaining('listening to 8 previews')])
    const figures = JSON.parse(out) as Record<string, unknown>
    for (const name of ['training.json', 'curve.png', 'reconstructions.png']) {
      expect((await readFile(join(model, name))).length).toBeGreaterThan(0)
    }
    expect(figures).toMatchObject({
      model: expect.stringMatching(/^soundalike-1-[0-9a-f]{12}$/),
      sameRecording: hits,
      sameArtist: { map: interval, precisionAt10: interval },
      labels: { style: { precisionAt10: interval, precisionAt10OtherArtists: interval } },
      hubness: { skew: interval, neverRetrieved: interval },
      effectiveRank: interval,
      reconstructionMse: interval,
    })
    expect(Object.keys(figures['labels'] as object)).toEqual(['style'])
    const ways = ['equaliser', 'louder', 'noise', 'quieter', 'semitone', 'tempo']
    expect(figures['degraded']).toMatchObject(Object.fromEntries(ways.map((way) => [way, hits])))
  }, 120_000)

  it('judges every baseline with the same figures', async () => {
    const words = ['--model', 'baseline', '--model', model, '--json']
    const { out, told, code } = await evaluate(...words)
    if (code !== 0) throw new Error(told)
    const { baselines } = JSON.parse(out) as { baselines: Record<string, object> }
    const names = ['random', 'bands', 'bands-whitened', 'mfcc', 'pca-256', 'untrained']
    // A trained model stands among them under the name of its architecture.
    expect(Object.keys(baselines).sort()).toEqual([...names, 'soundalike-1'].sort())
    for (const [name, figures] of Object.entries(baselines)) {
      expect(figures).toMatchObject({ sameRecording: hits, degraded: { tempo: hits } })
      expect('reconstructionMse' in figures).toBe(name === 'soundalike-1')
    }
  }, 120_000)

  it('says which line of a manifest is wrong, and stays inside the folder', async () => {
    const broken = join(folder, 'broken.jsonl')
    await writeFile(broken, '{"file": 3}\n')
    const words = ['--music', music, '--model', 'baseline']
    const first = await run('eval', '--manifest', broken, ...words)
    expect(first).toMatchObject({ code: 1, out: '', told: expect.stringContaining('line 1') })
    await writeFile(broken, '{"file": "../manifest.jsonl"}\n')
    const second = await run('eval', '--manifest', broken, ...words)
    expect(second).toMatchObject({ code: 1, told: expect.stringContaining('outside') })
  }, 60_000)

  it('stops on Ctrl-C', async () => {
    const child = start('eval', '--manifest', manifest, '--music', music, '--model', 'baseline')
    const exit = once(child, 'exit') as Promise<[number]>
    const printed = text(child.stdout)
    child.stderr.once('data', () => child.kill('SIGINT'))
    expect((await exit)[0]).toBe(130)
    expect(await printed).toBe('')
  }, 60_000)
})

describe('soundalike train', () => {
  it('writes a bundle and what was held out', async () => {
    const read = async (name: string) => readFile(join(model, name), 'utf8')
    const { trainingSet } = JSON.parse(await read('manifest.json')) as {
      // A number that is 0 is left out.
      trainingSet: { tracks: number; validationTracks?: number }
    }
    const heldOut = (await read('held-out.jsonl')).trim().split('\n')
    const learnedFrom = trainingSet.tracks + (trainingSet.validationTracks ?? 0)
    expect(learnedFrom + heldOut.length).toBe(8)
    const recordings = heldOut.map((line) => (JSON.parse(line) as Row).track_id)
    // Whole artists, so whole recordings.
    expect(
      recordings.every((one) => recordings.filter((other) => other === one).length === 2),
    ).toBe(true)
  })
})

describe('soundalike train names what does not fit', () => {
  it.each([
    ['manifest, hold-out', [folderName, '--manifest', 'f', '--hold-out', '0.5']],
    [
      'start-from, preset, windows',
      [folderName, '--start-from', 'f', '--preset', 'seed-v1', '--windows', '2'],
    ],
    [
      'data, from-nothing',
      ['--manifest', 'f', '--music', 'm', '--out', 'o', '--data', 'd', '--from-nothing'],
    ],
  ])(
    '%s',
    async (names, words) => {
      const { told, code } = await run('train', ...words)
      const flags = names.split(', ').map((name) => `--${name}`)
      const mode = words[0] === folderName ? 'a path' : '--manifest'
      expect(told).toContain(`error: ${flags.join(', ')} cannot be used with ${mode}\n`)
      expect(code).toBe(1)
    },
    30_000,
  )

  it('no time at all', async () => {
    const { told, code } = await run('train', folderName, '--seconds', '0')
    expect([code, told]).toEqual([1, expect.stringContaining('at least 1')])
  }, 30_000)
})

describe('soundalike export', () => {
  it('writes the encoder as a graph model, and names a preset the model does not read', async () => {
    const out = join(folder, 'exported')
    // Nothing on standard error: TensorFlow.js has advice of its own there, for others.
    expect(await run('export', '--model', model, '--out', out)).toMatchObject({ code: 0, told: '' })
    const written = JSON.parse(await readFile(join(out, 'model.json'), 'utf8')) as object
    expect(written).toMatchObject({ format: 'graph-model', signature: { inputs: { crops: {} } } })
    expect((await readFile(join(out, 'weights.bin'))).length).toBeGreaterThan(0)
    const other = await run('export', '--model', model, '--preset', 'hires', '--out', out)
    expect(other).toMatchObject({ code: 1, told: expect.stringContaining('[preset-mismatch]') })
  }, 60_000)
})

describe('soundalike train on a library', () => {
  it('puts a model in place, and learns on from it', async () => {
    const words = ['--data', join(folder, 'library'), '--seconds', '5']
    const light = ['--architecture', 'two-axis-light']
    const first = await run('train', music, ...words, ...light, '--from-nothing')
    if (first.code !== 0) throw new Error(first.told)
    expect(first.told).toContain('starting from nothing')
    const second = await run('train', music, ...words, ...light, '--seed', '2')
    expect(second.told).toContain(`starting from ${first.out.trim()}`)
    expect(second.out).toMatch(/^two-axis-light-[0-9a-f]{12}\n$/)
    expect(second.out).not.toBe(first.out)
  }, 180_000)

  it('goes on with what was interrupted, and prints the model that was asked for', async () => {
    const library = ['train', music, '--data', join(folder, 'interrupted'), '--seconds', '8']
    const light = [...library, '--architecture', 'two-axis-light', '--from-nothing']
    const interrupt = async (...words: string[]): Promise<void> => {
      const child = start(...words)
      child.stdout.resume()
      const exit = once(child, 'exit') as Promise<[number]>
      let told = ''
      for await (const chunk of child.stderr.setEncoding('utf8') as AsyncIterable<string>) {
        told += chunk
        if (!child.killed && told.includes('epoch 1')) child.kill('SIGINT')
      }
      expect((await exit)[0]).toBe(130)
    }
    const seedOf = async (id: string): Promise<unknown> => {
      const path = join(folder, 'interrupted', 'blobs', 'models', id, 'manifest.json')
      return (JSON.parse(await readFile(path, 'utf8')) as { seed: unknown }).seed
    }

    await interrupt(...light, '--seed', '3')
    const other = await run(...light, '--seed', '4')
    if (other.code !== 0) throw new Error(other.told)
    expect(other.told).toContain('comes first: two-axis-light, seed 3,')
    expect(await seedOf(other.out.trim())).toBe(4)

    await interrupt(...light, '--seed', '5')
    const same = await run(...light, '--seed', '5')
    if (same.code !== 0) throw new Error(same.told)
    expect(same.told).toContain('going on with this training')
    expect(await seedOf(same.out.trim())).toBe(5)
  }, 240_000)

  it('says in one line that there is nothing at a path', async () => {
    const { told, code } = await run('train', join(folder, 'nope'))
    expect([code, told]).toEqual([
      1,
      expect.stringMatching(/^soundalike: there is nothing at .*\n$/),
    ])
  }, 30_000)
})
