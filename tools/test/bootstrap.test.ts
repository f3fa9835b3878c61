import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, test } from '@jest/globals'
import { root } from '../run.ts'

const execute = promisify(execFile)
const checkouts = mkdtempSync(join(tmpdir(), 'soundalike-bootstrap-'))
afterAll(() => rmSync(checkouts, { recursive: true }))

const lock = (version: string) =>
  JSON.stringify({
    packages: {
      'node_modules/thing': { version },
      'node_modules/build-for-elsewhere': { version, optional: true },
      'libs/one': { version },
    },
  })

/**
 * A checkout with one package, a `test` command that prints its arguments and its Node's place, and in
 * place of npm a program that takes its time, "installs" that package, and notes that it was called.
 */
const checkout = (script: string) => {
  const folder = mkdtempSync(join(checkouts, 'checkout-'))
  mkdirSync(join(folder, 'tools'))
  mkdirSync(join(folder, 'programs'))
  cpSync(join(root, 'tools/bootstrap.mjs'), join(folder, 'tools/bootstrap.mjs'))
  writeFileSync(join(folder, 'package-lock.json'), lock('1.0.0'))
  writeFileSync(join(folder, 'tools/test.ts'), script)
  writeFileSync(
    join(folder, 'programs/npm'),
    `#!/bin/sh
echo "$*" >> '${folder}/calls'
sleep 0.3
mkdir -p node_modules/.bin
ln -sf '${process.execPath}' node_modules/.bin/node
cp package-lock.json node_modules/.package-lock.json
echo installed
`,
    { mode: 0o755 },
  )
  const env = { ...process.env, PATH: `${join(folder, 'programs')}:${process.env['PATH'] ?? ''}` }
  const args = [join(folder, 'tools/bootstrap.mjs'), 'test']
  return {
    folder,
    env,
    args,
    run: (...more: string[]) => execute(process.execPath, [...args, ...more], { env }),
    calls: () => readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n'),
  }
}

const printArguments = 'console.log(process.argv.slice(2).join())'

test('installs once, for two at once as well, and speaks on standard error alone', async () => {
  const { run, calls } = checkout(printArguments)
  const [one, two] = await Promise.all([run('--json', 'a b'), run('c')])
  expect([one.stdout, two.stdout]).toEqual(['--json,a b\n', 'c\n'])
  expect(one.stderr + two.stderr).toContain('installed')
  expect((await run('d')).stderr).toBe('')
  expect(calls()).toEqual(['ci --loglevel=error'])
})

test('installs again when the lock file asks for another version, or an install was cut off', async () => {
  const { folder, run, calls } = checkout(printArguments)
  await run()
  writeFileSync(join(folder, 'package-lock.json'), lock('1.0.1'))
  await run()
  writeFileSync(join(folder, 'node_modules/.package-lock.json'), '{"packages":{}}')
  await run()
  expect(calls()).toHaveLength(3)
})

test('says so and runs nothing when npm fails', async () => {
  const { folder, run } = checkout(printArguments)
  writeFileSync(join(folder, 'programs/npm'), '#!/bin/sh\nexit 3\n')
  await expect(run()).rejects.toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('npm ci failed'),
  })
})

test('ends with the exit code of the command', async () => {
  const { run } = checkout('process.exit(7)')
  await expect(run()).rejects.toMatchObject({ code: 7 })
})

test('passes a signal on and lets the command end in its own way', async () => {
  const { args, env } = checkout(
    "process.on('SIGTERM', () => process.exit(9)); setInterval(() => {}, 1000); console.log('up')",
  )
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'ignore'] })
  await once(child.stdout, 'data')
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([9, null])
})

test('names its commands when it is given none', async () => {
  await expect(
    execute(process.execPath, [join(root, 'tools/bootstrap.mjs'), 'dance']),
  ).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('demo|test|check') })
})
