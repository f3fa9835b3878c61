/** Anything that turns mel images into vectors to be compared by cosine. */
export interface Embedder {
  /** @returns one vector per image, all of one length */
  embed(images: readonly Uint8Array[]): Promise<Float32Array[]>
  close(): Promise<void>
}
