import { Failure } from '@soundalike/contracts'
import type { Architecture } from './architecture.ts'
import { conv2d } from './conv2d.ts'
import { soundalike1 } from './soundalike-1.ts'
import { twoAxis, twoAxisLight } from './two-axis.ts'

const architectures: readonly Architecture[] = [soundalike1, twoAxis, twoAxisLight, conv2d]

/**
 * An architecture by the name a bundle carries.
 *
 * @throws Failure `bad-model` when there is none of that name
 */
export const architectureNamed = (name: string): Architecture => {
  const found = architectures.find((architecture) => architecture.name === name)
  if (found !== undefined) return found
  const known = architectures.map((architecture) => architecture.name).join(', ')
  throw new Failure('bad-model', `architecture ${JSON.stringify(name)} is not one of ${known}`)
}
