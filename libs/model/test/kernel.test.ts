import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'

const compiler = fileURLToPath(import.meta.resolve('assemblyscript/bin/asc.js'))
const config = fileURLToPath(new URL('../kernel/asconfig.json', import.meta.url))

test('the committed kernel is what its source compiles to', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kernel-test-'))
  try {
    const outFile = join(folder, 'kernel.wasm')
    await promisify(execFile)(process.execPath, [compiler, '--config', config, '-o', outFile])
    const committed = await readFile(new URL('../src/kernels/kernel.wasm', import.meta.url))
    expect(Buffer.compare(await readFile(outFile), committed)).toBe(0)
  } finally {
    await rm(folder, { recursive: true })
  }
})
