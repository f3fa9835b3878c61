import { Failure } from '@soundalike/contracts'
import { realpath } from 'node:fs/promises'
import { relative, resolve } from 'node:path'

/**
 * The file that a line of a manifest names, relative to a folder or to a folder `previews` in it.
 *
 * @param folder - absolute, without links
 * @returns its absolute path, without links
 * @throws Failure `forbidden` where it lies outside the folder, also through links; `no-preview` where it is not there
 */
export const listedFile = async (folder: string, file: string): Promise<string> => {
  for (const base of [folder, resolve(folder, 'previews')]) {
    const real = await realpath(resolve(base, file)).catch(() => undefined)
    if (real === undefined) continue
    const inside = relative(folder, real)
    if (inside === '..' || inside.startsWith('../')) {
      throw new Failure('forbidden', `${file} lies outside the folder of music`)
    }
    return real
  }
  throw new Failure('no-preview', `${file} is not in the folder of music`)
}
