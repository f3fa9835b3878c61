import { expect, it } from '@jest/globals'
import { defaultLimits } from '@soundalike/audio'
import { readConfig } from '@soundalike/runtime'
import { decodeLimitsOf } from '../src/index.ts'

it('bounds decoding by default as the decoder itself does', () => {
  expect(decodeLimitsOf(readConfig({}, {}))).toEqual(defaultLimits)
})

it('takes every bound on decoding from the configuration', () => {
  const settings = {
    MAX_PREVIEW_BYTES: '2048',
    DECODE_MAX_SECONDS: '120',
    DECODE_TIMEOUT_SECONDS: '3',
    DECODE_MAX_MEMORY_BYTES: '134217728',
  }
  expect(decodeLimitsOf(readConfig(settings, {}))).toEqual({
    maxBytes: 2_048,
    maxSeconds: 120,
    timeoutMs: 3_000,
    maxMemoryBytes: 134_217_728,
  })
})
