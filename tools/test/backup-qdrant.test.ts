import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { answering, startScriptedServer, type Answer } from '@soundalike/testkit'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { root } from '../run.ts'

const result = (value: unknown): Answer => answering(JSON.stringify({ result: value }))
const refusing: Answer = (_, response) => {
  response.writeHead(500).end('disk')
}
const listed = (name: string, size: number) => ({ name, size })
const snapshots = '/collections/m1/snapshots'
const old = listed('old', 3)

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'soundalike-backup-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** Runs the script against a server that answers in turn; says what it asked, and whether it came to its end. */
const backUp = async (...answers: Answer[]) => {
  let next = 0
  const server = await startScriptedServer((request, response) => {
    answers[next]?.(request, response)
    next += 1
  })
  const script = join(root, 'k8s/base/backup-qdrant.mjs')
  const env = { NODES: server.endpoint, BACKUPS: folder, KEEP_DAYS: '14', POLL_MS: '1' }
  try {
    const ended = await promisify(execFile)(process.execPath, [script], { env }).then(
      () => true,
      () => false,
    )
    return { ended, asked: server.requests.map(({ line }) => line) }
  } finally {
    await server.stop()
  }
}

test('a snapshot that takes long is waited for by asking, taken once it is whole, and removed from the server', async () => {
  const outdated = join(folder, 'qdrant-127.0.0.1-outdated')
  await writeFile(outdated, '')
  await utimes(outdated, 0, 0)
  const { ended, asked } = await backUp(
    result({ collections: [{ name: 'm1' }] }),
    result([old]),
    result(null),
    result([old]),
    result([old, listed('new', 4)]),
    result([old, listed('new', 7)]),
    result([old, listed('new', 7)]),
    answering('vectors'),
    result(true),
  )
  expect(ended).toBe(true)
  expect(asked).toEqual([
    'GET /collections',
    `GET ${snapshots}`,
    `POST ${snapshots}?wait=false`,
    ...Array<string>(4).fill(`GET ${snapshots}`),
    `GET ${snapshots}/new`,
    `DELETE ${snapshots}/new`,
  ])
  expect(await readdir(folder)).toEqual(['qdrant-127.0.0.1-new'])
  expect(await readFile(join(folder, 'qdrant-127.0.0.1-new'), 'utf8')).toBe('vectors')
})

test('a snapshot that cannot be read is a failure, and none of it stays on the server or here', async () => {
  const { ended, asked } = await backUp(
    result({ collections: [{ name: 'm1' }] }),
    result([]),
    result(null),
    result([listed('new', 7)]),
    result([listed('new', 7)]),
    refusing,
    result(true),
  )
  expect(ended).toBe(false)
  expect(asked.at(-1)).toBe(`DELETE ${snapshots}/new`)
  expect(await readdir(folder)).toEqual([])
})
