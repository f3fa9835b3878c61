/**
 * Who may lean on whom, and who alone may know a package of the outside world. The lint rule
 * `@nx/enforce-module-boundaries` is built from this table; the tags it speaks of stand in each
 * workspace's package.json.
 */

const services = [
  'scraper',
  'transcoder',
  'spectrogram',
  'trainer',
  'embedder',
  'cartographer',
  'gateway',
]

/** Room → the rooms its source may import. Its tests may import any lib, to have something real to run on. */
const leansOn = {
  contracts: [],
  runtime: [],
  audio: ['contracts', 'runtime'],
  model: ['contracts'],
  blobs: ['contracts', 'runtime'],
  database: ['contracts'],
  catalog: ['contracts', 'database'],
  vectors: ['contracts', 'database'],
  pipeline: ['contracts', 'runtime', 'database', 'catalog'],
  sources: ['contracts', 'runtime'],
  recommend: ['vectors'],
  ports: ['runtime', 'audio', 'database', 'catalog', 'blobs', 'vectors', 'pipeline'],
}

/** Package, or pattern of packages → the rooms that may import it. Packages not listed are free. */
const knownOnlyTo = {
  bullmq: ['pipeline'],
  ioredis: ['pipeline'],
  pg: ['database'],
  '@electric-sql/*': ['database'],
  kysely: ['database', 'catalog', 'vectors'],
  usearch: ['vectors'],
  '@qdrant/*': ['vectors'],
  '@aws-sdk/*': ['blobs', 'testkit'],
  '@tensorflow/*': ['model'],
  'prism-media': ['audio'],
  'ffmpeg-static': ['audio'],
  '*-decoder': ['audio'],
  '@wasm-audio-decoders/*': ['audio'],
  express: ['gateway'],
  undici: ['sources'],
  testcontainers: ['testkit'],
}

const bannedIn = (room) =>
  Object.keys(knownOnlyTo).filter((pattern) => !knownOnlyTo[pattern].includes(room))

const kinds = [
  { sourceTag: 'type:lib', onlyDependOnLibsWithTags: ['type:lib'] },
  { sourceTag: 'type:service', onlyDependOnLibsWithTags: ['type:lib'] },
  { sourceTag: 'type:standalone', onlyDependOnLibsWithTags: ['type:lib', 'type:service'] },
  { sourceTag: 'type:web', onlyDependOnLibsWithTags: [] },
  { sourceTag: 'type:tools', onlyDependOnLibsWithTags: ['type:lib'] },
]

const packages = [...Object.keys(leansOn), ...services, 'standalone', 'explorer'].map((room) => ({
  sourceTag: `room:${room}`,
  bannedExternalImports: bannedIn(room),
}))

const rooms = Object.entries(leansOn).map(([room, others]) => ({
  sourceTag: `room:${room}`,
  onlyDependOnLibsWithTags: others.map((other) => `room:${other}`),
}))

/** The `depConstraints` of the Nx rule. A constraint applies to every workspace that carries its tag. */
export const constraints = {
  source: [...kinds, ...packages, ...rooms],
  test: [...kinds, ...packages],
}
