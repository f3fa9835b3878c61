import { rm } from 'node:fs/promises'
import { runFfmpeg } from '../decode/ffmpeg.ts'
import { ffmpegOutput, type FfmpegLimits } from '../decode/ffmpeg-process.ts'
import { makeTemporaryFolder, writeTemporaryFile } from '../decode/temporary-folder.ts'

const BIT_RATE = '32k'

/**
 * PCM after being an MP3 of 32 kbit/s. Needs ffmpeg.
 *
 * @param pcm - mono
 * @throws Failure as {@link runFfmpeg} does
 */
export const throughLowBitRate = async (
  pcm: Int16Array,
  sampleRateHz: number,
  limits: FfmpegLimits,
  signal?: AbortSignal,
): Promise<Int16Array> => {
  const folder = await makeTemporaryFolder()
  try {
    const bytes = new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength)
    const raw = await writeTemporaryFile(folder, 'pcm', bytes)
    const args = [
      ...['-hide_banner', '-nostdin', '-nostats', '-v', 'error'],
      ...['-f', 's16le', '-ar', String(sampleRateHz), '-ac', '1', '-i', `file:${raw}`],
      ...['-c:a', 'libmp3lame', '-b:a', BIT_RATE, '-f', 'mp3'],
    ]
    const mp3 = await ffmpegOutput(args, pcm.byteLength, limits, signal)
    const path = await writeTemporaryFile(folder, 'mp3', mp3)
    const seconds = pcm.length / sampleRateHz
    const task = {
      path,
      format: 'mp3',
      startSeconds: 0,
      seconds,
      sampleRateHz,
      channels: 1,
    } as const
    const [decoded] = await runFfmpeg([task], limits, signal)
    return decoded ?? new Int16Array()
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
