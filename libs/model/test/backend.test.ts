import { describe, expect, test } from '@jest/globals'
import { skipLoudly } from '@soundalike/testkit'
import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { promisify } from 'node:util'

const backend = new URL('../src/backend.ts', import.meta.url).href
const script = `console.log(await (await import('${backend}')).openBackend())`

const openIn = async (chosen: string): Promise<string> => {
  const env = { ...process.env, NODE_OPTIONS: '', SOUNDALIKE_TFJS: chosen }
  const words = ['--input-type=module', '--eval', script]
  const { stdout } = await promisify(execFile)(process.execPath, words, { env })
  return stdout.trim().split('\n').at(-1) ?? ''
}

const isInstalled = (name: string): boolean => {
  try {
    createRequire(import.meta.url).resolve(name)
    return true
  } catch {
    return false
  }
}

describe('the backend that SOUNDALIKE_TFJS names', () => {
  test('is the one that is used', async () => {
    expect(await openIn('wasm')).toBe('wasm')
  })

  test('is an error where it is not there', async () => {
    await expect(openIn('abacus')).rejects.toThrow('SOUNDALIKE_TFJS asks for abacus')
  })
})

const suite = 'the model on tfjs-node'
if (isInstalled('@tensorflow/tfjs-node')) {
  test(`${suite} is what SOUNDALIKE_TFJS=tfjs-node runs every suite of this room on`, async () => {
    expect(await openIn('tfjs-node')).toBe('tfjs-node')
  })
} else {
  await skipLoudly(suite, '@tensorflow/tfjs-node is not installed')
}
