import { readFileSync } from 'node:fs'

/**
 * What `kernel/` exports, working on four frames at a time. Everything but counts is an address in the kernel's memory;
 * "rows" are four float32 each, one per frame.
 */
export interface Kernel {
  /** Windows four frames of `size` 16-bit samples that lie `hop` bytes apart. */
  frames(pcm: number, hop: number, window: number, size: number, rows: number): void
  /** Transforms rows as `count` complex values, in place, into digit-reversed order. */
  transform(values: number, count: number, turns: number): void
  /** Power of bins 0 … `count` of what was transformed. */
  power(values: number, count: number, places: number, turns: number, bins: number): void
  /** Power of `count` mel bands. */
  bands(bins: number, starts: number, weights: number, count: number, rows: number): void
  /** Levels in dB of `count` bands, four frames of them one after the other. */
  decibels(rows: number, count: number, levels: number): void
  /** Raises levels that are further than `range` below the highest, which it returns. */
  clip(levels: number, count: number, range: number): number
  /** Levels of many frames as bytes, reduced to columns, band after band. */
  image(
    levels: number,
    bands: number,
    firsts: number,
    weights: number,
    taps: number,
    columns: number,
    floor: number,
    range: number,
    pixels: number,
  ): void
  /** Takes memory for good. Addresses stay valid; views made before do not. */
  reserve(bytes: number): number
  /** Takes memory for a table and copies it there. */
  store(table: Uint32Array | Float32Array): number
  readonly memory: WebAssembly.Memory
}

type Exports = Omit<Kernel, 'reserve' | 'store'>

const PAGE_BYTES = 65_536
const ALIGNMENT = 16

const compiled = new WebAssembly.Module(readFileSync(new URL('kernel.wasm', import.meta.url)))

/** A kernel with memory of its own. */
export const createKernel = (): Kernel => {
  const exports = new WebAssembly.Instance(compiled).exports as Exports
  const { memory } = exports
  let used = 0
  const reserve = (bytes: number): number => {
    const address = used
    used = Math.ceil((used + bytes) / ALIGNMENT) * ALIGNMENT
    const missing = used - memory.buffer.byteLength
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES))
    return address
  }
  const store = (table: Uint32Array | Float32Array): number => {
    const address = reserve(table.byteLength)
    const bytes = new Uint8Array(table.buffer, table.byteOffset, table.byteLength)
    new Uint8Array(memory.buffer, address).set(bytes)
    return address
  }
  return { ...exports, reserve, store }
}
