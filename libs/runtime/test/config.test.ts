import { describe, expect, it } from '@jest/globals'
import { ConfigError, readConfig } from '../src/index.ts'

describe('readConfig', () => {
  it('needs nothing and then keeps everything in one folder', () => {
    const config = readConfig({ DATA_DIR: '/var/lib/soundalike' }, {})
    expect(config.DATABASE_URL).toBe('pglite:/var/lib/soundalike/database')
    expect(config.BLOBS_URL).toBe('file:///var/lib/soundalike/blobs')
    expect(config.HOST).toBe('127.0.0.1')
  })

  it('names every wrong variable at once', () => {
    const read = () => readConfig({ PORT: 'eighty' }, { QUEUE_URL: 'amqp://x' })
    expect(read).toThrow(ConfigError)
    expect(read).toThrow(/^ {2}PORT: /m)
    expect(read).toThrow(/^ {2}QUEUE_URL: must start with redis: or/m)
  })

  it.each([
    ['QUEUE_URL', 'rediss+sentinel://user:password@h1:26379,h2/mymaster'],
    ['QUEUE_URL', 'redis+cluster://h1,h2'],
    ['BLOBS_URL', 's3://bucket/prefix?endpoint=http://minio:9000&pathStyle=true'],
    ['VECTORS_URL', 'https://qdrant:6333'],
  ] as const)('takes for %s a store that many machines share: %s', (name, value) => {
    expect(readConfig({}, { [name]: value })[name]).toBe(value)
  })

  it('takes an empty value as not set', () => {
    expect(readConfig({}, { PORT: '' }).PORT).toBe(8080)
  })
})
