import { describe, expect, it } from '@jest/globals'
import { pino } from 'pino'
import { createShutdown } from '../src/index.ts'

const log = pino({ level: 'silent' })

describe('createShutdown', () => {
  it('stops the last started first, once, and goes on past a part that fails or hangs', async () => {
    const stopped: string[] = []
    const shutdown = createShutdown(log, 20)
    shutdown.add('first', () => Promise.resolve(void stopped.push('first')))
    shutdown.add('hangs', () => new Promise(() => undefined))
    shutdown.add('fails', () => Promise.reject(new Error('no')))
    shutdown.add('last', () => Promise.resolve(void stopped.push('last')))
    await Promise.all([shutdown.run(), shutdown.run()])
    expect(stopped).toEqual(['last', 'first'])
  })
})
