import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/**
 * Gives every workspace the same targets, so that no package.json has to repeat them: `lint`, and
 * `typecheck` and `test` where it has a tsconfig.json and a jest.config.mjs. What they read, and
 * whether they may be cached, stands in nx.json.
 */
export const name = 'soundalike-targets'

export const createNodesV2 = [
  '{{libs,services}/*,tools}/package.json',
  (files, _options, { workspaceRoot }) =>
    files.map((file) => {
      const root = dirname(file)
      const has = (config) => existsSync(join(workspaceRoot, root, config))
      const targets = {
        lint: { command: 'eslint {projectRoot}' },
        ...(has('tsconfig.json') && { typecheck: { command: 'tsc --build {projectRoot}' } }),
        ...(has('jest.config.mjs') && { test: test(basename(root)) }),
      }
      return [file, { projects: { [root]: { targets } } }]
    }),
]

/** In one process per project, since Nx runs as many projects at once as there are cores. */
const test = (project) => {
  const report = `test-results/${project}.json`
  return {
    executor: 'nx:run-commands',
    options: {
      command: `mkdir -p test-results && jest --config {projectRoot}/jest.config.mjs --runInBand --passWithNoTests --json --outputFile ${report}`,
      env: {
        NODE_OPTIONS: '--experimental-vm-modules --disable-warning=ExperimentalWarning',
      },
    },
    outputs: [`{workspaceRoot}/${report}`],
  }
}
