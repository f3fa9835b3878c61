import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll } from '@jest/globals'
import { conformance } from './conformance.ts'
import { emptyQueues, loseJob } from './postgres-fixture.ts'

const folder = await mkdtemp(path.join(tmpdir(), 'soundalike-pipeline-'))
afterAll(() => rm(folder, { recursive: true }))

const urls = (name: string) => ({
  databaseUrl: `pglite:${path.join(folder, name)}`,
  queueUrl: 'database:',
})

conformance('embedded', {
  urls: () => urls('main'),
  elsewhere: () => urls('elsewhere'),
  empty: emptyQueues,
  lose: loseJob,
})
