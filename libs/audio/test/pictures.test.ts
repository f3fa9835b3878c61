import { describe, expect, test } from '@jest/globals'
import { decode as decodePng, type DecodedPng } from 'fast-png'
import { melImage, pictureKinds, picturePng, presets, soundPicturePng } from '../src/index.ts'
import { signalPcm } from './fixtures/signals.ts'

const preset = presets['seed-v1']
const sweep = signalPcm('sweep', preset.pcm.sampleRateHz)

const WIDTH = 1024

const tone = (hz: number, seconds: number): Int16Array => {
  const rateHz = preset.pcm.sampleRateHz
  return Int16Array.from(
    { length: rateHz * seconds },
    (_, i) => 10_000 * Math.sin((2 * Math.PI * hz * i) / rateHz),
  )
}

/** How far two columns of brightnesses are apart. */
const apart = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, row) => sum + Math.abs(value - b[row]!), 0)

const brightness = ({ data, width }: DecodedPng, x: number, y: number): number => {
  const at = (y * width + x) * 3
  return Number(data[at]) + Number(data[at + 1]) + Number(data[at + 2])
}

/** Row of the brightest pixel of a column, between two rows. */
const brightestRow = (png: DecodedPng, x: number, top: number, bottom: number): number => {
  let best = top
  for (let y = top; y < bottom; y++) if (brightness(png, x, y) > brightness(png, x, best)) best = y
  return best
}

describe('pictures', () => {
  test('the plain mel picture is one pixel per value; a rising sweep rises in it', () => {
    const png = decodePng(picturePng(melImage(sweep, preset), preset))
    expect([png.width, png.height]).toEqual([512, 128])
    const rows = [50, 200, 350].map((x) => brightestRow(png, x, 0, 128))
    expect(rows[0]).toBeGreaterThan(rows[1]!)
    expect(rows[1]).toBeGreaterThan(rows[2]!)
  })

  test.each(pictureKinds)('%s has a plot, and a title and axes outside of it', (kind) => {
    const png = decodePng(soundPicturePng(sweep, preset, kind))
    const [left, right, top, bottom] = [100, 100 + WIDTH, 36, png.height - 36]
    expect(png.width).toBe(right + 128)
    const inkIn = (fromX: number, toX: number, fromY: number, toY: number): number => {
      let ink = 0
      for (let y = fromY; y < toY; y++) {
        for (let x = fromX; x < toX; x++) if (brightness(png, x, y) > 500) ink++
      }
      return ink
    }
    expect(inkIn(left, right, 0, top - 2)).toBeGreaterThan(100)
    expect(inkIn(0, left - 1, top - 8, bottom)).toBeGreaterThan(100)
    expect(inkIn(left, right, bottom + 8, png.height)).toBeGreaterThan(100)
  })

  test('the 1 kHz mark of the mel picture is where a 1 kHz tone is', () => {
    const png = decodePng(soundPicturePng(tone(1_000, 30), preset, 'mel'))
    const toneRow = brightestRow(png, 600, 36, 36 + 384)
    const marks = Array.from({ length: 384 }, (_, row) => 36 + row).filter(
      (row) => brightness(png, 95, row) > 500,
    )
    // From the top: 8, 4, 2 and 1 kHz. A band is three pixels high.
    expect(Math.abs(marks[3]! - toneRow)).toBeLessThanOrEqual(4)
  })

  test('the colour bar goes from the floor at the bottom to the loudest at the top', () => {
    const png = decodePng(soundPicturePng(sweep, preset, 'mel'))
    const barX = 100 + WIDTH + 25
    expect(brightness(png, barX, 36)).toBeGreaterThan(600)
    expect(brightness(png, barX, 36 + 383)).toBeLessThan(20)
  })

  test.each(['mel', 'mfcc', 'chroma', 'composite'] as const)(
    '%s of a short track shows it once, under its own seconds',
    (kind) => {
      // Low, then high: repeated to thirty seconds it would alternate five times.
      const rateHz = preset.pcm.sampleRateHz
      const short = new Int16Array(6 * rateHz)
      short.set(tone(330, 3))
      short.set(tone(2_793, 3), 3 * rateHz)
      const png = decodePng(soundPicturePng(short, preset, kind))
      const column = (x: number): number[] =>
        Array.from({ length: 384 }, (_, y) => brightness(png, 100 + x, 36 + y))
      const change = apart(column(100), column(924))
      expect(change).toBeGreaterThan(2_000)
      expect(apart(column(100), column(400))).toBeLessThan(change / 4)
      expect(apart(column(624), column(924))).toBeLessThan(change / 4)
      // A mark for each second, both ends included.
      const marks = Array.from({ length: WIDTH }, (_, x) => x).filter(
        (x) => brightness(png, 100 + x, png.height - 36 + 4) > 500,
      )
      expect(marks).toEqual([0, 1, 2, 3, 4, 5, 6].map((s) => Math.round((s / 6) * (WIDTH - 1))))
    },
  )

  test('the composite has an axis in each of its colours, and blue at the A that sounds', () => {
    const png = decodePng(soundPicturePng(tone(440, 10), preset, 'composite'))
    const at = (x: number, y: number): number[] =>
      Array.from(png.data.subarray((y * png.width + x) * 3).subarray(0, 3))
    const dominant = (fromX: number, toX: number): Set<number> => {
      const found = new Set<number>()
      for (let y = 36; y < 36 + 384; y++) {
        for (let x = fromX; x < toX; x++) {
          const colour = at(x, y)
          if (Math.max(...colour) > 200) found.add(colour.indexOf(Math.max(...colour)))
        }
      }
      return found
    }
    expect(dominant(0, 90)).toEqual(new Set([0]))
    expect(dominant(100 + WIDTH + 2, 100 + WIDTH + 50)).toEqual(new Set([2]))
    expect(dominant(100 + WIDTH + 62, png.width)).toEqual(new Set([1]))
    const blueOf = (pitch: number): number =>
      at(600, 36 + 383 - Math.round(((pitch + 0.5) / 12) * 384))[2]!
    expect(blueOf(9)).toBeGreaterThan(240)
    expect(blueOf(4)).toBeLessThan(30)
  })

  test.each(['waveform', 'composite'] as const)(
    '%s of sound that fills the window says that it is the centre',
    (kind) => {
      const lastInk = (seconds: number): number => {
        const png = decodePng(soundPicturePng(tone(440, seconds), preset, kind))
        const columns = Array.from({ length: png.width }, (_, x) => x)
        return columns.findLast((x) =>
          [...Array(27).keys()].some((y) => brightness(png, x, y) > 500),
        )!
      }
      expect(lastInk(30)).toBeGreaterThan(lastInk(29) + 100)
    },
  )

  test('a waveform shows the stretch that was asked for', () => {
    const burst = new Int16Array(preset.pcm.sampleRateHz * 30)
    for (let i = 220_500; i < 222_705; i++) burst[i] = i % 2 === 0 ? 30_000 : -30_000
    const whole = decodePng(soundPicturePng(burst, preset, 'waveform'))
    const zoomed = decodePng(
      soundPicturePng(burst, preset, 'waveform', { startSeconds: 9.95, seconds: 0.2 }),
    )
    const wide = (png: DecodedPng): number =>
      Array.from({ length: WIDTH }, (_, x) => x).filter((x) => brightness(png, 100 + x, 66) > 200)
        .length
    expect(wide(whole)).toBeLessThan(8)
    expect(wide(zoomed)).toBeGreaterThan(400)
  })

  test('a waveform closer than its samples is the line through them', () => {
    const saw = Int16Array.from({ length: preset.pcm.sampleRateHz }, (_, i) =>
      i % 2 === 0 ? 16_384 : -16_384,
    )
    const close = { startSeconds: 0, seconds: 32 / preset.pcm.sampleRateHz }
    const png = decodePng(soundPicturePng(saw, preset, 'waveform', close))
    const lineRow = (x: number): number => brightestRow(png, 100 + x, 36, 36 + 256) - 36
    // From one half at the left edge down to minus one half a sample, 32 pixels, later.
    const rows = [0, 8, 16, 24, 31].map(lineRow)
    for (const [i, expected] of [64, 96, 128, 160, 188].entries()) {
      expect(Math.abs(rows[i]! - expected)).toBeLessThan(8)
    }
  })
})
