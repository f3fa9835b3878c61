import type { Epoch } from './messages.ts'

/** What a checkpoint belongs to; training goes on only where all of it is the same. */
export interface CheckpointOwner {
  readonly architecture: string
  readonly fingerprint: string
  readonly seed: number
  /** As it was asked for, whatever the number of threads made of it. */
  readonly batchSize: number
  readonly images: number
}

/** How far a run was at the end of an epoch. */
export interface Standing {
  readonly epoch: number
  readonly step: number
  /** Epochs since the validation loss was at its lowest. */
  readonly sinceBest: number
  readonly bestLoss: number
}

/** All that training needs to go on as if it had never stopped. */
export interface Checkpoint {
  readonly owner: CheckpointOwner
  readonly standing: Standing
  /** Of the budget. */
  readonly spentSeconds: number
  readonly epochs: readonly Epoch[]
  readonly numbers: CheckpointNumbers
}

/** Flat vectors of one length. */
export interface CheckpointNumbers {
  readonly values: Float32Array
  readonly firstMoments: Float32Array
  readonly secondMoments: Float32Array
  /** Weights of the epoch whose validation loss was lowest. */
  readonly best: Float32Array
}

const order = ['values', 'firstMoments', 'secondMoments', 'best'] as const

/** The length of a header of JSON, the header, and the numbers as this machine has them. */
export const encodeCheckpoint = ({ numbers, ...header }: Checkpoint): Uint8Array => {
  const text = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(4)
  length.writeUInt32LE(text.length)
  const parts = order.map((name) => {
    const { buffer, byteOffset, byteLength } = numbers[name]
    return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength)
  })
  return Buffer.concat([length, text, ...parts])
}

/**
 * Reads a checkpoint back.
 *
 * @param length - of each flat vector
 * @returns null where it belongs to another run or is damaged: training then starts afresh
 */
export const decodeCheckpoint = (
  bytes: Uint8Array,
  owner: CheckpointOwner,
  length: number,
): Checkpoint | null => {
  const buffer = Buffer.from(bytes)
  if (buffer.length < 4) return null
  const first = 4 + buffer.readUInt32LE(0)
  if (buffer.length !== first + 4 * length * order.length) return null
  const header = parse(buffer.toString('utf8', 4, first))
  if (header === null || JSON.stringify(header.owner) !== JSON.stringify(owner)) return null
  const vector = (place: number): Float32Array => {
    const start = first + 4 * length * place
    return new Float32Array(Uint8Array.from(buffer.subarray(start, start + 4 * length)).buffer)
  }
  const [values, firstMoments, secondMoments, best] = [vector(0), vector(1), vector(2), vector(3)]
  return { ...header, numbers: { values, firstMoments, secondMoments, best } }
}

const parse = (text: string): Omit<Checkpoint, 'numbers'> | null => {
  try {
    return JSON.parse(text) as Omit<Checkpoint, 'numbers'>
  } catch {
    return null
  }
}
