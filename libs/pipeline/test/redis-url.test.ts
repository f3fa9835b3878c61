import { describe, expect, test } from '@jest/globals'
import { readRedisUrl } from '../src/redis-url.ts'

describe('a URL of Redis', () => {
  test('names a server', () => {
    expect(readRedisUrl('redis://localhost')).toMatchObject({
      form: 'single',
      nodes: [{ host: 'localhost', port: 6379 }],
      database: 0,
      tls: false,
      username: undefined,
      password: undefined,
    })
    expect(readRedisUrl('rediss://me:p%40ss@[::1]:7000/2?ca=/ca.pem')).toMatchObject({
      nodes: [{ host: '::1', port: 7000 }],
      database: 2,
      tls: true,
      caFile: '/ca.pem',
      username: 'me',
      password: 'p@ss',
    })
  })

  test('names sentinels and what they watch', () => {
    const url = 'redis+sentinel://:pw@h1:26380,h2/mymaster?sentinelPassword=other'
    expect(readRedisUrl(url)).toMatchObject({
      form: 'sentinel',
      nodes: [
        { host: 'h1', port: 26380 },
        { host: 'h2', port: 26379 },
      ],
      master: 'mymaster',
      password: 'pw',
      sentinelPassword: 'other',
    })
  })

  test('names nodes of a cluster', () => {
    expect(readRedisUrl('rediss+cluster://me:pw@h1,h2:6380')).toMatchObject({
      form: 'cluster',
      nodes: [
        { host: 'h1', port: 6379 },
        { host: 'h2', port: 6380 },
      ],
      tls: true,
    })
  })

  test.each([
    'http://secret@h',
    'redis://',
    'redis://u:secret@h1,h2',
    'redis://u:secret@h/name',
    'redis://u:secret@h:70000',
    'redis://u:secret@h?colour=blue',
    'redis+sentinel://u:secret@h1,h2',
    'redis+cluster://u:secret@h1,h2/3',
    'redis+cluster://u:secret@h1,,h2',
  ])('is refused as %s, without telling passwords', (url) => {
    const read = () => readRedisUrl(url)
    expect(read).toThrow(TypeError)
    expect(read).not.toThrow(/secret/)
  })
})
