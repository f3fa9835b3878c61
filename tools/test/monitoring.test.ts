import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findProgram, skipLoudly } from '@soundalike/testkit'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { parse, stringify } from 'yaml'
import { root } from '../run.ts'
import { ofKind, written } from './manifests.ts'
import { askedFor, measuredBy, type Measured } from './queries.ts'

interface Rule {
  alert: string
  expr: string
  annotations: { summary: string; runbook: string }
}
const read = (file: string): string => readFileSync(join(root, file), 'utf8')

const [alerts] = ofKind<{ groups: { rules: Rule[] }[] }>(written(), 'PrometheusRule')
const rules = alerts?.spec.groups.flatMap((group) => group.rules) ?? []
const scalers = written().flatMap(
  ({ spec }) =>
    (spec as { triggers?: { metadata: { query: string } }[] } | undefined)?.triggers ?? [],
)
const dashboard = JSON.parse(read('deploy/grafana/soundalike.json')) as {
  panels: { title: string; targets: { expr: string }[] }[]
}
const shown = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))
const queries = [
  ...rules.map(({ expr }) => expr),
  ...shown,
  ...scalers.map(({ metadata }) => metadata.query),
]

/** Measured by the cluster, not by us. */
const foreign = [
  'kube_cronjob_status_last_successful_time',
  'kubelet_volume_stats_available_bytes',
  'kubelet_volume_stats_capacity_bytes',
]

describe('what is watched', () => {
  let measured: Measured[]
  beforeAll(async () => {
    measured = await Promise.all([measuredBy('gateway'), measuredBy('transcoder')])
  }, 60_000)

  test('every metric that an alert, a panel or a scaler asks for is one the house has', () => {
    const names = new Set([...foreign, ...measured.flatMap(({ names }) => [...names])])
    const asked = queries.flatMap((query) => askedFor(query)).map(({ name }) => name)
    expect(asked.length).toBeGreaterThan(queries.length / 2)
    expect(asked.filter((name) => !names.has(name))).toEqual([])
  })

  test('where there are series from the start, the labels that are asked for are among them', () => {
    const series = measured.flatMap((one) => one.series)
    for (const { name, matches } of queries.flatMap((query) => askedFor(query)))
      if (/^soundalike_(queue|data|live)/.test(name))
        expect([name, series.some((one) => one.name === name && matches(one.labels))]).toEqual([
          name,
          true,
        ])
  })

  test('every alert names its lines in the operations manual, which names no other', () => {
    const manual = read('docs/operations.md')
    const headings = [...manual.matchAll(/^#+ (Soundalike\w+)$/gm)].map(([, name]) => name)
    expect(headings).toEqual(rules.map(({ alert }) => alert))
    for (const { alert, annotations } of rules)
      expect(annotations.runbook).toBe(`docs/operations.md#${alert.toLowerCase()}`)
  })
})

const promtool = await findProgram('promtool', [], 'prometheus')
if (promtool === null) await skipLoudly('promtool', 'it is not here and could not be installed')
else
  describe('promtool', () => {
    const within = (use: (folder: string) => void): void => {
      const folder = mkdtempSync(join(tmpdir(), 'soundalike-promtool-'))
      try {
        use(folder)
      } finally {
        rmSync(folder, { recursive: true })
      }
    }

    test('understands every query', () => {
      within((folder) => {
        const asRules = queries.map((expr, index) => ({ record: `query:${String(index)}`, expr }))
        const file = join(folder, 'queries.yaml')
        writeFileSync(file, stringify({ groups: [{ name: 'queries', rules: asRules }] }))
        const said = execFileSync(promtool, ['check', 'rules', '--lint=none', file]).toString()
        expect(said).toContain(`${String(queries.length)} rules found`)
      })
    })

    test('understands the configuration of compose', () => {
      const file = join(root, 'deploy/prometheus/prometheus.yaml')
      expect(
        execFileSync(promtool, ['check', 'config', '--syntax-only', file]).toString(),
      ).toContain('SUCCESS')
    })

    test('sees each alert fire when it should, and none when all is well', () => {
      within((folder) => {
        // As compose takes the resource of Kubernetes off the rules.
        const unwrap = ['-e', '1,/^spec:/d', '-e', 's/^  //', join(root, 'k8s/base/alerts.yaml')]
        writeFileSync(join(folder, 'alerts.yaml'), execFileSync('sed', unwrap))
        const unwrapped = parse(readFileSync(join(folder, 'alerts.yaml'), 'utf8')) as unknown
        expect(unwrapped).toEqual(alerts?.spec)
        const cases = join(folder, 'cases.yaml')
        copyFileSync(join(root, 'tools/test/alerts.promtool.yaml'), cases)
        for (const { alert } of rules) expect(readFileSync(cases, 'utf8')).toContain(`"${alert}"`)
        execFileSync(promtool, ['test', 'rules', cases], { stdio: 'pipe' })
      })
    }, 60_000)
  })
