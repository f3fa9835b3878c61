import { expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { redisConnections } from '../src/redis-connection.ts'

test('commands of producers have a bound, and those by which workers wait have none', async () => {
  const connect = await redisConnections('redis://localhost', () => undefined)
  const boundOf = (role: 'producer' | 'worker') => {
    const connection = connect(role)
    return connection instanceof Redis ? connection.options.commandTimeout : null
  }
  expect(boundOf('producer')).toBeGreaterThan(0)
  expect(boundOf('worker')).toBeUndefined()
})
