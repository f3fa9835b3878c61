// A snapshot of every collection on each node of Qdrant in BACKUPS, whole or not at all; those older than KEEP_DAYS go.
// Each node holds shards of its own, so NODES lists all of them, separated by spaces.
import { createWriteStream } from 'node:fs'
import { readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

const { NODES, QDRANT_API_KEY, BACKUPS, KEEP_DAYS } = process.env
const headers = QDRANT_API_KEY ? { 'api-key': QDRANT_API_KEY } : {}

const ask = async (url, method = 'GET') => {
  const answer = await fetch(url, { method, headers })
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`)
  return answer
}
const result = async (answer) => (await (await answer).json()).result

const backUp = async (node, collection) => {
  const snapshots = `${node}/collections/${collection}/snapshots`
  const { name } = await result(ask(`${snapshots}?wait=true`, 'POST'))
  const file = join(BACKUPS, `qdrant-${new URL(node).hostname}-${name}`)
  const { body } = await ask(`${snapshots}/${name}`)
  await pipeline(body, createWriteStream(`${file}.part`))
  await rename(`${file}.part`, file)
  await ask(`${snapshots}/${name}`, 'DELETE')
  console.log(file)
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
