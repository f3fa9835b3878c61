/**
 * Gives the memory of samples or bytes back at once; the array is empty after. The runtime counts what lies outside
 * its heap, and collects all of the heap for every 64 MB of it that may be garbage. A track's samples are 1.3 MB, so
 * leaving them to it costs more than their mel image. What shares its memory with other arrays is left alone.
 */
export const release = ({ buffer, byteLength }: Int16Array | Uint8Array): void => {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0)
}
