import { execFileSync } from 'node:child_process'
import { expect, test } from '@jest/globals'
import { root } from '../run.ts'

const boundary = '@nx/enforce-module-boundaries'

/** Where, what is written there, and the rule that must object; null where none may. */
const probes: readonly [file: string, text: string, rule: string | null][] = [
  ['services/embedder/src/probe.ts', "import '@soundalike/gateway'", boundary],
  ['services/embedder/src/probe.ts', "await import('@soundalike/gateway')", boundary],
  ['services/embedder/src/probe.ts', "import '../../gateway/src/index.ts'", boundary],
  ['libs/recommend/src/probe.ts', "import '@soundalike/scraper'", boundary],
  ['libs/recommend/src/probe.ts', "import '@soundalike/pipeline'", boundary],
  ['libs/recommend/src/probe.ts', "import '../../vectors/src/index.ts'", boundary],
  ['libs/contracts/src/probe.ts', "import '@soundalike/runtime'", boundary],
  ['libs/database/src/probe.ts', "import '@soundalike/runtime'", boundary],
  ['libs/pipeline/src/probe.ts', "import '@soundalike/vectors'", boundary],
  ['services/explorer/src/probe.ts', "import '@soundalike/contracts'", boundary],
  ['services/standalone/src/probe.ts', "import '@soundalike/gateway'", null],
  ['libs/recommend/src/probe.ts', "import '@soundalike/vectors'", null],
  ['libs/ports/src/probe.ts', "import '@soundalike/pipeline'", null],
  ['libs/ports/src/probe.ts', "import '@soundalike/audio'", null],

  ['services/scraper/src/probe.ts', "import 'bullmq'", boundary],
  ['services/scraper/src/probe.ts', "import 'ioredis'", boundary],
  ['libs/pipeline/src/probe.ts', "import 'bullmq'\nimport 'ioredis'", null],
  ['libs/catalog/src/probe.ts', "import 'pg'", boundary],
  ['libs/catalog/src/probe.ts', "import '@electric-sql/pglite'", boundary],
  ['libs/database/src/probe.ts', "import 'pg'\nimport '@electric-sql/pglite'", null],
  ['libs/pipeline/src/probe.ts', "import 'kysely'", boundary],
  ['libs/catalog/src/probe.ts', "import 'kysely'", null],
  ['libs/recommend/src/probe.ts', "import 'usearch'", boundary],
  ['libs/vectors/src/probe.ts', "import 'usearch'", null],
  ['services/trainer/src/probe.ts', "import '@tensorflow/tfjs'", boundary],
  ['libs/model/src/probe.ts', "import '@tensorflow/tfjs'", null],
  ['services/transcoder/src/probe.ts', "import 'prism-media'", boundary],
  ['services/transcoder/src/probe.ts', "import 'mpg123-decoder'", boundary],
  ['services/transcoder/src/probe.ts', "import '@wasm-audio-decoders/flac'", boundary],
  ['libs/audio/src/probe.ts', "import 'prism-media'\nimport 'mpg123-decoder'", null],
  ['services/scraper/src/probe.ts', "import 'express'", boundary],
  ['services/standalone/src/probe.ts', "import 'express'", boundary],
  ['services/gateway/src/probe.ts', "import 'express'", null],
  ['libs/vectors/test/probe.test.ts', "import 'testcontainers'", boundary],

  ['libs/catalog/src/probe.ts', "import '@soundalike/testkit'", boundary],
  ['services/scraper/src/probe.ts', "import '@soundalike/testkit'", 'no-restricted-imports'],
  ['libs/catalog/test/probe.test.ts', "import '@soundalike/testkit'", null],
  ['libs/recommend/test/probe.test.ts', "import '@soundalike/database'", null],
  ['libs/recommend/test/probe.test.ts', "import '@soundalike/gateway'", boundary],
  ['libs/catalog/src/probe.ts', 'export const x = process.env', 'no-restricted-properties'],
  ['services/gateway/src/probe.ts', "import { env } from 'node:process'", 'no-restricted-imports'],
  ['libs/runtime/src/probe.ts', 'export const x = process.env', null],
  ['libs/catalog/test/probe.test.ts', "test.only('x', () => 1)", 'no-restricted-syntax'],
]

const broken = JSON.parse(
  execFileSync('node', ['tools/test/lint-texts.mjs'], {
    cwd: root,
    input: JSON.stringify(probes.map(([file, text]) => ({ file, text }))),
  }).toString(),
) as string[][]

test.each(probes.map((probe, index) => [...probe, broken[index] ?? []] as const))(
  'in %s, %j: %s',
  (_file, _text, rule, rules) => {
    if (rule === null) expect(rules).toEqual([])
    else expect(rules).toContain(rule)
  },
)
