/**
 * Where every blob lives. Track blobs are fanned out by the two digits after the id's `t`,
 * so that no folder holds more than 1/256 of the library.
 */
export const keys = {
  /** Signed 16-bit little-endian mono samples; deleted once the mel image is there. */
  pcm: (fingerprint: string, trackId: string): string =>
    `pcm/${fingerprint}/${fanOut(trackId)}/${trackId}`,
  /** Mel image: bands × columns bytes, lowest band first. */
  mel: (fingerprint: string, trackId: string): string =>
    `mel/${fingerprint}/${fanOut(trackId)}/${trackId}`,
  /** One file of a model bundle. */
  model: (modelId: string, file: string): string => `models/${modelId}/${file}`,
  /** What a training run needs to go on after it was cut off, as left by the holder of one lease. */
  checkpoint: (runId: string, token: number): string => `checkpoints/${runId}.${String(token)}`,
  /** The tracks a training run learns from. */
  trainingSample: (runId: string): string => `checkpoints/${runId}.sample`,
  /** Beginning of the keys of everything a training run leaves until it has ended. */
  trainingRun: (runId: string): string => `checkpoints/${runId}.`,
  /** Map of one space. */
  map: (space: string): string => `maps/${space}`,
} as const

const fanOut = (trackId: string): string => trackId.slice(1, 3)
