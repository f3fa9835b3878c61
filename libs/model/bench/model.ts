/**
 * Measures learning and encoding against what the machine's matrix product can do, in one run, and writes
 * docs/benchmarks/model.md.
 */
import { scriptOptions } from '@soundalike/testkit'
import { mkdir, writeFile } from 'node:fs/promises'
import { loadavg } from 'node:os'
import { openBackend } from '../src/backend.ts'
import { pytorchSteps } from './pytorch.ts'
import { report } from './report.ts'
import { measureProduct, measureSteps } from './steps.ts'
import { measureCeiling, measureEmbedding, measureTraining } from './threads.ts'

const { json } = scriptOptions(
  'usage: npm run bench:model [-- --json]',
  { options: { json: { type: 'boolean', default: false } } },
  ({ values }) => values,
)

const [load = Number.NaN] = loadavg()
const backend = await openBackend()
const before = measureProduct()
const steps = measureSteps()
// The machine may be shared: the product is measured on both sides of what is compared with it.
const gmacPerSecond = (before + measureProduct()) / 2
const pytorch = await pytorchSteps()
const ceiling = await measureCeiling()
const { training, bundle } = await measureTraining()
const embedding = await measureEmbedding(bundle)
const figures = { load, backend, gmacPerSecond, steps, pytorch, ceiling, training, embedding }
process.stdout.write(json ? `${JSON.stringify(figures)}\n` : report(figures))
const folder = new URL('../../../docs/benchmarks/', import.meta.url)
await mkdir(folder, { recursive: true })
await writeFile(new URL('model.md', folder), report(figures))
