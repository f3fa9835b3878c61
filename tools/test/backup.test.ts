import { execFileSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { findProgram, serverOrSkip, skipLoudly, startPostgres } from '@soundalike/testkit'
import { afterAll, expect, test } from '@jest/globals'
import { root } from '../run.ts'

const suite = 'backup and restore of PostgreSQL'
const dump = await findProgram('pg_dump', ['/usr/lib/postgresql/*/bin'], 'postgresql')
if (dump === null) await skipLoudly(suite, 'there are no PostgreSQL programs')
const postgres = dump === null ? null : await serverOrSkip(suite, startPostgres)

if (dump !== null && postgres !== null) {
  const folder = await mkdtemp(join(tmpdir(), 'soundalike-backup-'))
  const restored = new URL(postgres.url)
  restored.pathname = '/restored'
  const environment = {
    PATH: `${dirname(dump)}:${process.env['PATH'] ?? ''}`,
    DATABASE_URL: postgres.url,
    RESTORED_URL: restored.href,
    DATA_DIR: join(folder, 'data'),
    BACKUPS: folder,
    KEEP_DAYS: '14',
  }
  const run = (command: string, ...words: string[]): string =>
    execFileSync(command, words, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
      .toString()
      .trim()
  const ask = (url: string, question: string): string =>
    run('psql', url, '--tuples-only', '--no-align', '--command', question)

  afterAll(async () => {
    await rm(folder, { recursive: true })
    await postgres.stop()
  })

  test('the steps of the operations manual bring back every table, and the house runs on them', async () => {
    const soundalike = join(root, 'services/standalone/src/main.ts')
    run(process.execPath, soundalike, 'migrate')
    run(process.execPath, soundalike, 'request-training')
    const old = join(folder, 'postgres-20200101T000000Z.dump')
    await writeFile(old, '')
    await utimes(old, 0, 0)

    const file = run('sh', join(root, 'k8s/base/backup-postgres.sh'))
    expect((await readdir(folder)).filter((name) => name.startsWith('postgres-'))).toEqual([
      file.slice(folder.length + 1),
    ])

    const manual = await readFile(join(root, 'docs/operations.md'), 'utf8')
    const [, steps = ''] = /<!-- restore -->\n+```sh\n([^`]*)```/.exec(manual) ?? []
    expect(steps).toContain('pg_restore')
    run('sh', '-euc', steps.replaceAll('"$FILE"', file))

    const tables =
      "select table_schema || '.' || table_name from information_schema.tables where table_schema in ('soundalike', 'bullmq') order by 1"
    const names = ask(postgres.url, tables).split('\n')
    expect(names).toContain('soundalike.models')
    expect(ask(restored.href, tables).split('\n')).toEqual(names)
    for (const name of names)
      expect([name, ask(restored.href, `select count(*) from ${name}`)]).toEqual([
        name,
        ask(postgres.url, `select count(*) from ${name}`),
      ])
    expect(ask(restored.href, 'select count(*) from soundalike.models')).toBe('1')

    environment.DATABASE_URL = restored.href
    expect(run(process.execPath, soundalike, 'models')).toContain('filling')
  }, 120_000)
}
