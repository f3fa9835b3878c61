import { describe, expect, test } from '@jest/globals'
import { decode as decodePng, type DecodedPng } from 'fast-png'
import { melImage, pictureKinds, picturePng, presets, soundPicturePng } from '../src/index.ts'
import { signalPcm } from './fixtures/signals.ts'

const preset = presets['seed-v1']
const sweep = signalPcm('sweep', preset.pcm.sampleRateHz)

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

  test.each(pictureKinds)('%s has a plot, and axes outside of it', (kind) => {
    const png = decodePng(soundPicturePng(sweep, preset, kind))
    const [left, right, bottom] = [64, 64 + 1024, png.height - 28]
    expect(png.width).toBe(right + 24)
    const inkIn = (fromX: number, toX: number, fromY: number, toY: number): number => {
      let ink = 0
      for (let y = fromY; y < toY; y++) {
        for (let x = fromX; x < toX; x++) if (brightness(png, x, y) > 500) ink++
      }
      return ink
    }
    expect(inkIn(0, left - 1, 0, bottom)).toBeGreaterThan(50)
    expect(inkIn(left, right, bottom + 6, png.height)).toBeGreaterThan(100)
  })

  test('the 1 kHz mark of the mel picture is where a 1 kHz tone is', () => {
    const rateHz = preset.pcm.sampleRateHz
    const tone = Int16Array.from(
      { length: rateHz * 30 },
      (_, i) => 10_000 * Math.sin((2 * Math.PI * 1_000 * i) / rateHz),
    )
    const png = decodePng(soundPicturePng(tone, preset, 'mel'))
    const toneRow = brightestRow(png, 600, 12, 12 + 384)
    const marks = Array.from({ length: 384 }, (_, row) => 12 + row).filter(
      (row) => brightness(png, 60, row) > 500,
    )
    // From the top: 8, 4, 2 and 1 kHz. A band is three pixels high.
    expect(Math.abs(marks[3]! - toneRow)).toBeLessThanOrEqual(4)
  })

  test('a waveform shows the stretch that was asked for', () => {
    const burst = new Int16Array(preset.pcm.sampleRateHz * 30)
    for (let i = 220_500; i < 222_705; i++) burst[i] = i % 2 === 0 ? 30_000 : -30_000
    const whole = decodePng(soundPicturePng(burst, preset, 'waveform'))
    const zoomed = decodePng(
      soundPicturePng(burst, preset, 'waveform', { startSeconds: 9.95, seconds: 0.2 }),
    )
    const wide = (png: DecodedPng): number =>
      Array.from({ length: 1024 }, (_, x) => x).filter((x) => brightness(png, 64 + x, 40) > 200)
        .length
    expect(wide(whole)).toBeLessThan(8)
    expect(wide(zoomed)).toBeGreaterThan(400)
  })
})
