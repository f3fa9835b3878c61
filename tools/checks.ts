import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Outcome, run } from './run.ts'

/** One thing that is checked without running the project's code. */
export interface Check {
  readonly name: string
  readonly run: () => Promise<Outcome>
}

/** Contracts regenerated next to the committed ones must come out the same. */
const generated = async (): Promise<Outcome> => {
  const folder = await mkdtemp(join(tmpdir(), 'soundalike-generated-'))
  try {
    const made = await run(['buf', 'generate', '--output', folder])
    if (!made.ok) return made
    const place = 'libs/contracts/src/gen'
    return await run(['diff', '--recursive', '--brief', place, join(folder, place)])
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Every static check, in two lanes that run side by side and take about as long as each other. */
export const lanes: readonly (readonly Check[])[] = [
  [{ name: 'lint', run: () => run(['eslint', '.']) }],
  [
    { name: 'types', run: () => run(['tsc', '--build', '--pretty', 'false']) },
    { name: 'unused code and dependencies', run: () => run(['knip', '--no-config-hints']) },
    { name: 'import cycles', run: () => run(['depcruise', 'libs', 'services', 'tools']) },
    { name: 'format', run: () => run(['prettier', '--check', '--log-level=warn', '.']) },
    { name: 'generated contracts', run: generated },
    { name: 'contract style', run: () => run(['buf', 'lint']) },
  ],
]
