import { createHash } from 'node:crypto'
import type { ListedPreview } from '../previews/manifest.ts'

interface Parts<Preview> {
  readonly kept: Preview[]
  readonly heldOut: Preview[]
}

/**
 * Sets a share of the artists aside, with everything of theirs; a preview without an artist goes with its album,
 * or with its recording. Which ones depends on their names and the seed alone, so that two manifests with the same
 * artists agree.
 *
 * @param share - of the artists, 0…1
 */
export const holdOut = <Preview extends ListedPreview>(
  previews: readonly Preview[],
  share: number,
  seed: number,
): Parts<Preview> => {
  const isHeldOut = (preview: Preview): boolean => {
    const digest = createHash('sha256')
      .update(`${String(seed)}\n${ownerOf(preview)}`)
      .digest()
    return digest.readUInt32BE(0) / 2 ** 32 < share
  }
  return {
    kept: previews.filter((preview) => !isHeldOut(preview)),
    heldOut: previews.filter(isHeldOut),
  }
}

const ownerOf = ({ artist, album, recording }: ListedPreview): string => {
  if (artist !== '') return `artist ${artist}`
  return album === '' ? `recording ${recording}` : `album ${album}`
}
