import { expect, it } from '@jest/globals'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

it('ends well, as a job of a cluster must, when there is nothing left to train', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'soundalike-trainer-'))
  const trainer = spawn(
    process.execPath,
    [fileURLToPath(new URL('../src/main.ts', import.meta.url))],
    {
      env: { PATH: process.env['PATH'], DATA_DIR: folder, EXIT_WHEN_IDLE_SECONDS: '1' },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  )
  try {
    const said = text(trainer.stderr)
    expect(await once(trainer, 'exit')).toEqual([0, null])
    expect(await said).toContain('"finished"')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}, 60_000)
