import { spawnSync } from 'node:child_process'
import { expect, test } from '@jest/globals'
import { root } from '../run.ts'

const runTests = (...args: string[]) =>
  spawnSync('node', ['tools/test.ts', ...args], { cwd: root, encoding: 'utf8' })

test.each(['--help', '-h'])('%s says how it is used', (option) => {
  const { status, stdout, stderr } = runTests(option)
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout).toMatch(/^usage: npm test/)
})

test.each([['--nonsense'], ['--static=yes'], ['catalog', 'no-such-project']])(
  'what it does not know is named, with the usage: %s',
  (...args) => {
    const { status, stdout, stderr } = runTests(...args)
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toContain((args.at(-1) ?? '').split('=', 1)[0])
    expect(stderr).toContain('usage: npm test')
    expect(stderr).not.toMatch(/^ +at /m)
  },
)
