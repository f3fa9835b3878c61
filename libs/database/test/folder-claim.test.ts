import { mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { untilReady } from '@soundalike/testkit'
import { claimFolder } from '../src/folder-claim.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'soundalike-claim-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** Pretends that a file was last touched an hour ago. */
const age = (file: string) => utimes(file, new Date(), new Date(Date.now() - 3_600_000))

describe('a claim of another container', () => {
  // No process here has this id, and in the other container it is a living one.
  const claim = 'claimed-by-99999999-1-elsewhere'

  test('counts while it is touched', async () => {
    await writeFile(path.join(folder, claim), '')
    await expect(claimFolder(folder)).rejects.toMatchObject({
      code: 'in-use',
      message: expect.stringContaining('another machine or container'),
    })
    expect(await readdir(folder)).toEqual([claim])
  })

  test('counts no more when nobody has touched it for long', async () => {
    await writeFile(path.join(folder, claim), '')
    await age(path.join(folder, claim))
    const giveUp = await claimFolder(folder)
    expect(await readdir(folder)).not.toContain(claim)
    await giveUp()
    expect(await readdir(folder)).toEqual([])
  })
})

test('a claim is touched while it is held', async () => {
  const giveUp = await claimFolder(folder, 10)
  const [name = ''] = await readdir(folder)
  const file = path.join(folder, name)
  await age(file)
  await untilReady('a touch', async () => {
    if (Date.now() - (await stat(file)).mtimeMs > 1_800_000) throw new Error('not yet')
  })
  await giveUp()
})
