import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { root } from '../run.ts'

/** One time series, as a process of the house hands it out. */
interface Series {
  readonly name: string
  readonly labels: Record<string, string>
}

/** What the house measures: names with their parts, as Prometheus sees them, and every series there is at the start. */
export interface Measured {
  readonly names: ReadonlySet<string>
  readonly series: readonly Series[]
}

/** Starts a service with embedded parts, reads its metrics, and stops it. */
export const measuredBy = async (service: string): Promise<Measured> => {
  const folder = await mkdtemp(join(tmpdir(), 'soundalike-metrics-'))
  const child = spawn(process.execPath, [join(root, 'services', service, 'src/main.ts')], {
    env: { PATH: process.env['PATH'], DATA_DIR: folder, PORT: '0' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const exited = once(child, 'exit')
  try {
    for await (const line of createInterface(child.stderr)) {
      const { url } = JSON.parse(line) as { url?: string }
      if (url !== undefined) return readExposition(await (await fetch(`${url}/metrics`)).text())
    }
    throw new Error(`${service} did not start`)
  } finally {
    // Its folder goes with it, so it has nothing to see to.
    child.kill('SIGKILL')
    await exited
    await rm(folder, { recursive: true, force: true })
  }
}

const readExposition = (text: string): Measured => {
  const names = new Set<string>()
  for (const [, name = '', type = ''] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    const parts = type === 'histogram' ? ['_bucket', '_count', '_sum'] : ['']
    for (const part of parts) names.add(name + part)
  }
  const series = [...text.matchAll(/^(\w+)\{(.*)\} \S+$/gm)].map(([, name = '', labels = '']) => ({
    name,
    labels: Object.fromEntries(
      [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key, value]) => [key, value]),
    ) as Record<string, string>,
  }))
  return { names, series }
}

/** Metrics a query asks for, each with what it wants of their labels. */
export const askedFor = (
  query: string,
): { name: string; matches: (labels: Series['labels']) => boolean }[] =>
  [...query.matchAll(/\b((?:soundalike|process|nodejs|kubelet|kube)_\w+)(?:\{([^}]*)\})?/g)].map(
    ([, name = '', matchers = '']) => {
      const tests = [...matchers.matchAll(/(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g)].map(
        ([, label = '', operator = '', wanted = '']) => {
          const pattern = new RegExp(`^(?:${wanted})$`)
          const isWanted = (value: string): boolean =>
            operator.includes('~') ? pattern.test(value) : value === wanted
          return (labels: Series['labels']): boolean =>
            isWanted(labels[label] ?? '') !== operator.startsWith('!')
        },
      )
      return { name, matches: (labels) => tests.every((test) => test(labels)) }
    },
  )
