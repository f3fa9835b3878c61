/**
 * The inner loops of the mel image, in AssemblyScript: TypeScript's syntax over WebAssembly's types. Four frames are
 * worked on at once, frame `f` in lane `f` of every vector, so that values move between lanes only on the way in and on
 * the way out.
 *
 * Nothing here allocates: every function is given addresses, in bytes and multiples of 16, in the exported memory.
 * A "row" is one vector. `src/spectrum/kernel.ts` says what each function does; the committed `kernel.wasm` is what
 * `npx asc --config libs/audio/kernel/asconfig.json` makes of this folder, and a test holds the two together.
 */
export { frames, power, transform } from './fft'
export { bands, clip, decibels, image } from './mel'
