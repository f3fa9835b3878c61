/** A repeatable stream of numbers. */
export interface Dice {
  /** A whole number from 0 to `below` − 1. */
  roll(below: number): number
}

/** Dice from a seed: the generator "mulberry32". */
export const createDice = (seed: number): Dice => {
  let state = seed >>> 0
  return {
    roll: (below) => {
      state = (state + 0x6d2b79f5) >>> 0
      let mixed = Math.imul(state ^ (state >>> 15), state | 1)
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
      return ((mixed ^ (mixed >>> 14)) >>> 0) % below
    },
  }
}

const HEADER_BYTES = 128

type Mutation = (bytes: Buffer, dice: Dice, other: Buffer) => Buffer

const flipBits: Mutation = (bytes, dice) => {
  const flips = 1 + dice.roll(200)
  for (let i = 0; i < flips; i++) bytes[dice.roll(bytes.length)]! ^= 1 << dice.roll(8)
  return bytes
}

const truncate: Mutation = (bytes, dice) => bytes.subarray(0, dice.roll(bytes.length))

const splice: Mutation = (bytes, dice, other) => {
  const [end, start] = [dice.roll(bytes.length), dice.roll(other.length)]
  return Buffer.concat([bytes.subarray(0, end), other.subarray(start)])
}

const repeat: Mutation = (bytes, dice) => {
  const start = dice.roll(bytes.length)
  const part = bytes.subarray(start, start + 1 + dice.roll(4_096))
  return Buffer.concat([bytes.subarray(0, start), ...Array<Buffer>(8).fill(part), bytes])
}

/** Numbers in headers become huge, zero, negative or arbitrary. */
const lie: Mutation = (bytes, dice) => {
  const lies = 1 + dice.roll(6)
  for (let i = 0; i < lies; i++) {
    const at = dice.roll(Math.min(HEADER_BYTES, bytes.length))
    const value = [0, 0xff, 0x7f, 0x80, dice.roll(256)][dice.roll(5)]!
    bytes.fill(value, at, Math.min(bytes.length, at + 1 + dice.roll(4)))
  }
  return bytes
}

const mutations = [flipBits, truncate, splice, repeat, lie]

/** A good file made bad in one or two ways. */
export const mutate = (seeds: readonly Buffer[], dice: Dice): Buffer => {
  const pick = (): Buffer => Buffer.from(seeds[dice.roll(seeds.length)]!)
  let bytes = pick()
  for (let rounds = 1 + dice.roll(2); rounds > 0 && bytes.length > 0; rounds--) {
    bytes = mutations[dice.roll(mutations.length)]!(bytes, dice, pick())
  }
  return bytes
}
