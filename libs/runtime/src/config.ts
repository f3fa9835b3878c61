import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'

const MIB = 1024 * 1024

const url = (...protocols: string[]) =>
  z
    .string()
    .refine(
      (text) => protocols.some((protocol) => text.startsWith(`${protocol}:`)),
      `must start with ${protocols.map((protocol) => `${protocol}:`).join(' or ')}`,
    )

const whole = (minimum: number, maximum: number) =>
  z.coerce.number().int().min(minimum).max(maximum)

/**
 * Every environment variable the house reads, with its form and what it means.
 * A variable that is not here is not read by any part of it.
 */
export const settings = {
  DATA_DIR: z
    .string()
    .default('.soundalike')
    .describe('Folder that holds the embedded database and blobs'),
  DATABASE_URL: url('postgres', 'postgresql', 'pglite')
    .optional()
    .describe(
      'postgres://… for a server, with ?sslmode=verify-full&sslrootcert=/path for TLS; by default an embedded one in DATA_DIR',
    ),
  DATABASE_POOL_SIZE: whole(2, 1000)
    .default(20)
    .describe('Connections a process opens to a PostgreSQL server at most'),
  QUEUE_URL: url(
    ...['redis', 'rediss'].flatMap((tls) => [tls, `${tls}+sentinel`, `${tls}+cluster`]),
    'database',
  )
    .default('database:')
    .describe(
      'redis://user:password@host:6379, redis+sentinel://host1:26379,host2/name or redis+cluster://host1:6379,host2, rediss for TLS with ?ca=/path for an authority of one’s own; by default the queues live in the database',
    ),
  BLOBS_URL: url('file', 's3')
    .optional()
    .describe(
      'file:///folder, or s3://bucket/prefix?endpoint=…&region=…&pathStyle=true with credentials where the AWS SDK looks for them; by default DATA_DIR/blobs',
    ),
  VECTORS_URL: url('database', 'http', 'https')
    .default('database:')
    .describe('http(s)://host:6333 of a Qdrant server; by default vectors live in the database'),
  QDRANT_API_KEY: z.string().min(1).optional().describe('Key that the Qdrant server asks for'),
  QDRANT_REPLICATION: whole(1, 100)
    .optional()
    .describe('Copies of each vector of a new space; by default what the Qdrant server is set to'),
  QDRANT_SHARDS: whole(1, 10_000)
    .optional()
    .describe(
      'Parts a new space is split into, for good; by default what the Qdrant server is set to',
    ),
  MUSIC_PATH: z
    .string()
    .optional()
    .describe('Folder of music, or a manifest file (.jsonl) that lists previews'),
  PRESET: z.string().default('seed-v1').describe('Name of the spectrogram preset'),
  HOST: z.string().default('127.0.0.1').describe('Address the gateway binds to'),
  PORT: whole(0, 65_535).default(8080).describe('Port of the gateway; 0 picks a free one'),
  EXPLORER_DIR: z
    .string()
    .optional()
    .describe('Folder of the built web page; by default the one in this checkout'),
  API_TOKEN: z
    .string()
    .min(16)
    .optional()
    .describe('Bearer token that operator routes ask for; needed to bind beyond loopback'),
  HEALTH_HOST: z.string().default('127.0.0.1').describe('Address of a worker’s health server'),
  HEALTH_PORT: whole(0, 65_535)
    .default(0)
    .describe('Port of a worker’s health and metrics server; 0 picks a free one'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('Least severe level that is logged'),
  CONCURRENCY: whole(1, 256)
    .optional()
    .describe('Jobs one worker handles at once; by default what its stage asks for'),
  CPU_THREADS: whole(1, 256)
    .default(availableParallelism())
    .describe('Threads for signal and model work; by default one per core'),
  STOP_TIMEOUT_SECONDS: whole(1, 3600)
    .default(25)
    .describe('How long a stopping process waits for the jobs in hand'),
  EXIT_WHEN_IDLE_SECONDS: whole(1, 86_400)
    .optional()
    .describe('A worker ends when it has had no job for so long; by default it waits for ever'),
  RECONCILE_INTERVAL_SECONDS: whole(1, 86_400)
    .default(60)
    .describe('How often the catalog is compared with the queues'),
  MAX_WAITING_PCM: whole(1, 1_000_000)
    .default(2_000)
    .describe(
      'Tracks whose decoded sound, 1.3 MB each, may wait for a mel image; transcoders hold back beyond that',
    ),
  MAX_PREVIEW_BYTES: whole(1024, 4096 * MIB)
    .default(64 * MIB)
    .describe('Largest preview that is read'),
  DOWNLOAD_ALLOW_HOSTS: z
    .string()
    .default('')
    .describe(
      'Hosts inside the network that previews may come from: names, addresses and CIDR blocks, separated by commas',
    ),
  DOWNLOAD_MAX_REDIRECTS: whole(0, 50)
    .default(5)
    .describe('Redirects followed on the way to one preview'),
  DOWNLOAD_CONNECT_TIMEOUT_SECONDS: whole(1, 600)
    .default(10)
    .describe('Wall-clock bound on finding and connecting to the host of a preview'),
  DOWNLOAD_IDLE_TIMEOUT_SECONDS: whole(1, 600)
    .default(15)
    .describe('Longest silence of a host that a preview is being read from'),
  DOWNLOAD_TIMEOUT_SECONDS: whole(1, 3600)
    .default(90)
    .describe('Wall-clock bound on downloading one preview'),
  DOWNLOAD_BREAK_AFTER_FAILURES: whole(1, 1_000_000)
    .default(10)
    .describe('Downloads in a row that fail because of one host, after which it is left alone'),
  DOWNLOAD_BREAK_SECONDS: whole(1, 3600)
    .default(30)
    .describe('How long such a host is left alone before one download tries it again'),
  DECODE_TIMEOUT_SECONDS: whole(1, 3600)
    .default(60)
    .describe('Wall-clock bound on decoding one preview'),
  DECODE_MAX_SECONDS: whole(60, 86_400)
    .default(900)
    .describe('Longest stretch of one preview that is ever decoded'),
  DECODE_MAX_MEMORY_BYTES: whole(64 * MIB, 64 * 1024 * MIB)
    .default(768 * MIB)
    .describe('Resident memory of one decoder process, beyond which it is ended'),
  TRAIN_ARCHITECTURE: z
    .string()
    .default('soundalike-1')
    .describe('Architecture the trainer builds'),
  TRAIN_BUDGET_SECONDS: whole(1, 30 * 86_400)
    .default(120)
    .describe('Wall-clock bound on one training run'),
  TRAIN_SEED: whole(0, 2 ** 32 - 1)
    .default(1)
    .describe('Seed of weights, split, order and crops'),
  TRAIN_SAMPLE_TRACKS: whole(8, 10_000_000)
    .default(125_000)
    .describe('Most tracks one training run learns from'),
  TRAIN_CACHE_BYTES: whole(0, 1024 * 1024 * MIB)
    .default(0)
    .describe(
      'Mel images a training run keeps in DATA_DIR, at 64 KiB each; worth it where blobs come over a network',
    ),
  LIVE_COVERAGE: z.coerce
    .number()
    .min(0)
    .max(1)
    .default(0.99)
    .describe('Share of the library a new space must hold before it goes live'),
  KEEP_PREVIOUS_MODELS: whole(0, 100)
    .default(1)
    .describe('Models that were live and are kept, with their vectors, to go back to'),
} as const

const schema = z.object(settings)

/** The whole configuration of a process, parsed once at its start. */
export interface Config extends Omit<
  z.infer<typeof schema>,
  'DATABASE_URL' | 'BLOBS_URL' | 'DATA_DIR'
> {
  /** Absolute. */
  DATA_DIR: string
  DATABASE_URL: string
  BLOBS_URL: string
}

/** A variable is missing or has a wrong form; the message names each one. */
export class ConfigError extends Error {}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Parses the environment.
 *
 * @param overrides - what a command line says, over what the environment says
 * @param environment - an empty value counts as not set
 * @throws ConfigError naming every variable that is wrong, and what it takes
 */
export const readConfig = (
  overrides: Environment = {},
  environment: Environment = process.env,
): Config => {
  const given = Object.fromEntries(
    Object.entries({ ...environment, ...overrides }).filter(
      ([name, value]) => name in settings && value !== '',
    ),
  )
  const parsed = schema.safeParse(given)
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
    throw new ConfigError(`wrong configuration\n  ${problems.join('\n  ')}`)
  }
  const dataDir = resolve(parsed.data.DATA_DIR)
  return {
    ...parsed.data,
    DATA_DIR: dataDir,
    DATABASE_URL: parsed.data.DATABASE_URL ?? `pglite:${join(dataDir, 'database')}`,
    BLOBS_URL: parsed.data.BLOBS_URL ?? pathToFileURL(join(dataDir, 'blobs')).href,
  }
}
