import { createRandom } from '../src/random.ts'

/** Mel images of made-up tracks: each artist has bands and a pulse of its own, so that there is something to learn. */
export const makeImages = (artists: number, tracksPerArtist: number, columns = 256): Uint8Array[] =>
  Array.from({ length: artists * tracksPerArtist }, (_, track) => {
    const own = createRandom(3, Math.floor(track / tracksPerArtist))
    const noise = createRandom(4, track)
    const bands = Array.from({ length: 6 }, () => own.below(128))
    const pulse = 6 + own.below(20)
    const image = new Uint8Array(128 * columns)
    for (let column = 0; column < columns; column++) {
      const loudness = 100 + 100 * Math.exp(-(column % pulse) / 4)
      for (let band = 0; band < 128; band++) image[band * columns + column] = noise.below(30)
      for (const band of bands) image[band * columns + column] = loudness
    }
    return image
  })

/** A training library out of images whose artists follow one another. */
export const libraryOf = (images: readonly Uint8Array[], tracksPerArtist: number) => ({
  count: images.length,
  load: (index: number) => images[index]!,
  artist: (index: number) => `artist ${Math.floor(index / tracksPerArtist)}`,
})
