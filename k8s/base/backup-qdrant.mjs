// A snapshot of every collection on each node of Qdrant in BACKUPS, whole or not at all; those older than KEEP_DAYS go.
// Each node holds shards of its own, so NODES lists all of them, separated by spaces.
import { createWriteStream } from 'node:fs'
import { readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'

const { NODES, QDRANT_API_KEY, BACKUPS, KEEP_DAYS, POLL_MS = '5000' } = process.env
const headers = QDRANT_API_KEY ? { 'api-key': QDRANT_API_KEY } : {}
const LONGEST_MS = 3 * 3_600_000

const ask = async (url, method = 'GET') => {
  const answer = await fetch(url, { method, headers })
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`)
  return answer
}
const result = async (answer) => (await (await answer).json()).result

// A large one takes longer than a request may wait for its answer. Asked not to wait, Qdrant names no snapshot: it is
// the one that was not there before, and it is whole when it no longer grows.
const makeSnapshot = async (snapshots) => {
  const before = new Set((await result(ask(snapshots))).map(({ name }) => name))
  await ask(`${snapshots}?wait=false`, 'POST')
  const giveUpAt = Date.now() + LONGEST_MS
  for (let last; Date.now() < giveUpAt; await sleep(Number(POLL_MS))) {
    const made = (await result(ask(snapshots))).find(({ name }) => !before.has(name))
    if (made !== undefined && made.size === last?.size) return made.name
    last = made
  }
  throw new Error(`${snapshots}: no snapshot within ${LONGEST_MS} ms`)
}

const backUp = async (node, collection) => {
  const snapshots = `${node}/collections/${collection}/snapshots`
  const name = await makeSnapshot(snapshots)
  try {
    const file = join(BACKUPS, `qdrant-${new URL(node).hostname}-${name}`)
    const { body } = await ask(`${snapshots}/${name}`)
    await pipeline(body, createWriteStream(`${file}.part`))
    await rename(`${file}.part`, file)
    console.log(file)
  } finally {
    await ask(`${snapshots}/${name}`, 'DELETE')
  }
}

for (const node of NODES.split(' ')) {
  const { collections } = await result(ask(`${node}/collections`))
  for (const { name } of collections) await backUp(node, name)
}

const keptSince = Date.now() - Number(KEEP_DAYS) * 86_400_000
for (const name of await readdir(BACKUPS)) {
  const file = join(BACKUPS, name)
  if (name.startsWith('qdrant-') && (await stat(file)).mtimeMs < keptSince) await rm(file)
}
