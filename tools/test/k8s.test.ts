import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { stageNames } from '@soundalike/contracts'
import { settings } from '@soundalike/runtime'
import { skipLoudly } from '@soundalike/testkit'
import { describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { root } from '../run.ts'
import {
  ofKind,
  render,
  templates,
  unknownFields,
  written,
  wrongFields,
  type Manifest,
  type PodSpec,
  type Template,
} from './manifests.ts'
import { askedFor, measuredBy } from './queries.ts'

interface Selector {
  selector: { matchLabels: Record<string, string> }
}
interface Trigger {
  type: string
  metadata: { query: string; threshold: string; serverAddress: string; ignoreNullValues: string }
}
interface Scaler {
  scaleTargetRef: { name: string }
  minReplicaCount: number
  maxReplicaCount: number
  fallback: { replicas: number }
  triggers: Trigger[]
}

const { version } = parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
/** What the cluster supplies. */
const outside = ['stores', 'gateway']
/** What the backup scripts and the SDK of S3 read; the rest is the house's own. */
const foreign = /^(?:BACKUPS|KEEP_DAYS|NODES|AWS_ACCESS_KEY_ID|AWS_SECRET_ACCESS_KEY)$/
const GPU = 'nvidia.com/gpu'

const asksForGpu = ({ containers }: PodSpec): boolean =>
  containers.some(({ resources }) => GPU in resources.limits)
const isLabelled = (labels: Record<string, string>, wanted: Record<string, string>): boolean =>
  Object.entries(wanted).every(([key, value]) => labels[key] === value)
const namesOfStage = (manifests: readonly Manifest[], stage: string): string[] =>
  manifests
    .filter(({ metadata }) => metadata.labels?.['soundalike/stage'] === stage)
    .map(({ metadata }) => metadata.name)

test('what is written fits the schemas, kustomize or not', async () => {
  expect(await wrongFields(written())).toEqual([])
})

if (spawnSync('kubectl', ['kustomize', join(root, 'k8s/base')]).status !== 0) {
  await skipLoudly('k8s overlays', 'there is no kubectl that can render them')
} else {
  const measured = await measuredBy('transcoder')
  const overlays = ['dev', 'prod', 'gpu'].map((name) => ({ name, manifests: render(name) }))

  test('all overlays fit the schemas, with no field that those do not know', async () => {
    const all = overlays.flatMap(({ manifests }) => manifests)
    expect(await wrongFields(all)).toEqual([])
    expect(unknownFields(all)).toEqual([])
  })

  test('a field nobody knows is noticed, however deep', () => {
    const [job] = ofKind<{ template: { spec: { containers: object[] } } }>(written(), 'Job')
    Object.assign(job?.spec.template.spec.containers[0] ?? {}, { livenessProb: {} })
    expect(unknownFields(job === undefined ? [] : [job])).toHaveLength(1)
  })

  describe.each(overlays)('overlay $name', ({ name: overlay, manifests }) => {
    const pods = templates(manifests)
    const deployments = ofKind<Selector & { template: Template }>(manifests, 'Deployment')
    const lasting = [...deployments, ...ofKind(manifests, 'ScaledJob')]
    const scalers = ofKind<Scaler>(manifests, 'ScaledObject')
    const scaledJobs = ofKind<Scaler>(manifests, 'ScaledJob')

    test('every stage has one workload, and each workload one scaler', () => {
      for (const stage of stageNames) expect(namesOfStage(lasting, stage)).toHaveLength(1)
      const scaled = scalers.map(({ spec }) => spec.scaleTargetRef.name)
      const workers = stageNames
        .filter((stage) => stage !== 'train')
        .flatMap((stage) => namesOfStage(deployments, stage))
      expect(scaled.sort()).toEqual(workers.sort())
      expect(namesOfStage(scaledJobs, 'train')).toEqual(['trainer'])
    })

    test('workers scale on the age and the number of what waits for their own stage, and on something without figures', () => {
      for (const { metadata, spec } of scalers) {
        const [age, depth, ...more] = spec.triggers.map((trigger) => trigger.metadata.query)
        expect(more).toEqual([])
        expect(age).toContain('soundalike_queue_oldest_waiting_seconds')
        expect(depth).toContain('soundalike_queue_jobs')
        const stage = deployments.find(({ metadata: { name } }) => name === metadata.name)?.metadata
          .labels?.['soundalike/stage']
        for (const query of [age, depth]) expect(query).toContain(`stage="${stage ?? ''}"`)
        expect(spec.fallback.replicas).toBeGreaterThanOrEqual(Math.max(1, spec.minReplicaCount))
        expect(spec.fallback.replicas).toBeLessThanOrEqual(spec.maxReplicaCount)
      }
    })

    test('transcoders that hold back are not made more of, whichever figure asks for it', () => {
      const [transcoder] = scalers.filter(({ metadata }) => metadata.name === 'transcoder')
      const asked = transcoder?.spec.triggers.map(({ metadata }) => metadata.query) ?? []
      expect(asked).toHaveLength(2)
      for (const query of asked)
        expect(query).toContain(
          '* (1 - (max(soundalike_holding_back{stage="transcode"}) or vector(0)))',
        )
    })

    test('every metric a scaler asks for exists, with the labels it asks for', () => {
      const triggers = [...scalers, ...scaledJobs].flatMap(({ spec }) => spec.triggers)
      expect(triggers.length).toBeGreaterThan(10)
      for (const { type, metadata } of triggers) {
        expect(type).toBe('prometheus')
        expect(metadata.serverAddress).toMatch(/^http/)
        // A query that finds nothing is an outage of the figures, and not an empty queue.
        expect(metadata.ignoreNullValues).toBe('false')
        expect(Number(metadata.threshold)).toBeGreaterThan(0)
        const asked = askedFor(metadata.query)
        expect(asked.length).toBeGreaterThan(0)
        for (const { name, matches } of asked)
          // There is no series of it before the first look at what waits.
          if (name === 'soundalike_holding_back') expect(measured.names).toContain(name)
          else
            expect(
              measured.series.some((series) => series.name === name && matches(series.labels)),
            ).toBe(true)
      }
    })

    test('every container has requests and a memory limit, and every pod is shut in', () => {
      for (const { template } of pods) {
        const { spec } = template
        expect(spec.automountServiceAccountToken).toBe(false)
        expect(spec.securityContext).toMatchObject({
          runAsNonRoot: true,
          seccompProfile: { type: 'RuntimeDefault' },
        })
        for (const { resources, securityContext } of spec.containers) {
          expect(Object.keys(resources.requests).sort()).toEqual(['cpu', 'memory'])
          expect(resources.limits).toHaveProperty('memory')
          expect(securityContext).toEqual({
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          })
        }
      }
    })

    test('what lasts is asked whether it has started, lives and is ready, on a port it opens, and may stop slowly', () => {
      expect(lasting.length).toBe(stageNames.length + 1)
      for (const { template } of templates(lasting)) {
        const [container] = template.spec.containers
        const ports = container?.ports?.map(({ name }) => name)
        expect(container?.startupProbe?.httpGet.path).toBe('/health/live')
        expect(container?.livenessProbe?.httpGet.path).toBe('/health/live')
        expect(container?.readinessProbe?.httpGet.path).toBe('/health/ready')
        for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'] as const)
          expect(ports).toContain(container?.[probe]?.httpGet.port)
        const stopSeconds = settings.STOP_TIMEOUT_SECONDS.parse(undefined)
        expect(template.spec.terminationGracePeriodSeconds).toBeGreaterThan(stopSeconds + 10)
      }
    })

    test('every Deployment has a disruption budget of its own, and its replicas spread over nodes and zones', () => {
      const budgets = ofKind<Selector>(manifests, 'PodDisruptionBudget')
      expect(budgets).toHaveLength(deployments.length)
      for (const { spec } of deployments) {
        const { labels } = spec.template.metadata
        expect(isLabelled(labels, spec.selector.matchLabels)).toBe(true)
        expect(
          budgets.filter((budget) => isLabelled(labels, budget.spec.selector.matchLabels)),
        ).toHaveLength(1)
        expect(
          spec.template.spec.topologySpreadConstraints?.map(({ topologyKey }) => topologyKey),
        ).toEqual(['kubernetes.io/hostname', 'topology.kubernetes.io/zone'])
      }
    })

    test('the GPU goes to who asks for it and to nobody else', () => {
      const onGpu = pods.filter(({ template }) => asksForGpu(template.spec))
      expect(onGpu.map(({ manifest }) => manifest.metadata.name).sort()).toEqual(
        overlay === 'gpu' ? ['embedder', 'trainer'] : [],
      )
      for (const { template } of pods) {
        const { spec } = template
        const [terms, ...more] =
          spec.affinity?.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution
            .nodeSelectorTerms ?? []
        expect(more).toEqual([])
        const rules = terms?.matchExpressions.map(({ key, operator }) => `${key} ${operator}`) ?? []
        const tolerated = spec.tolerations?.map(({ key }) => key) ?? []
        if (asksForGpu(spec)) {
          expect(rules).toContain(`${GPU}.present In`)
          expect(tolerated).toContain(GPU)
          expect(spec.containers[0]?.image).toContain('-cuda:')
        } else {
          expect(rules).toEqual(overlay === 'gpu' ? [`${GPU}.present DoesNotExist`] : [])
          expect(tolerated).not.toContain(GPU)
          expect(spec.containers[0]?.image).not.toContain('-cuda')
        }
      }
    })

    test('nothing is reached but what is named, and the internet by scraper and transcoder alone', () => {
      const policies = ofKind<object>(manifests, 'NetworkPolicy')
      expect(policies.find(({ metadata }) => metadata.name === 'default-deny')?.spec).toEqual({
        podSelector: {},
        policyTypes: ['Ingress', 'Egress'],
      })
      const open = policies.filter(({ spec }) => JSON.stringify(spec).includes('"ipBlock"'))
      expect(open.map(({ spec }) => spec)).toMatchObject([
        { podSelector: { matchLabels: { 'soundalike/internet': 'true' } } },
      ])
      const allowed = pods.filter(
        ({ template }) => template.metadata.labels['soundalike/internet'] === 'true',
      )
      expect(allowed.map(({ manifest }) => manifest.metadata.name).sort()).toEqual([
        'scraper',
        'transcoder',
      ])
    })

    test('what a pod names is there', () => {
      const there = (kind: string): string[] =>
        ofKind(manifests, kind).map(({ metadata }) => metadata.name)
      for (const { template } of pods) {
        const { spec } = template
        expect(there('ServiceAccount')).toContain(spec.serviceAccountName)
        if (spec.priorityClassName !== undefined)
          expect(there('PriorityClass')).toContain(spec.priorityClassName)
        const text = JSON.stringify(spec)
        const named = (pattern: RegExp): string[] =>
          [...text.matchAll(pattern)].map(([, name = '']) => name)
        for (const name of named(/"configMap(?:Ref)?":\{"name":"([^"]+)"/g))
          expect(there('ConfigMap')).toContain(name)
        for (const name of named(/"claimName":"([^"]+)"/g))
          expect(there('PersistentVolumeClaim')).toContain(name)
        for (const name of named(/"secret(?:Key)?Ref":\{[^}]*"name":"([^"]+)"/g))
          expect(overlay === 'dev' ? there('Secret') : outside).toContain(name)
        const volumes = spec.volumes.map(({ name }) => name)
        for (const { volumeMounts } of spec.containers)
          for (const { name } of volumeMounts) expect(volumes).toContain(name)
      }
    })

    test('every setting is one the house reads, in its form', () => {
      const configured = [...ofKind(manifests, 'ConfigMap'), ...ofKind(manifests, 'Secret')]
        .filter(({ metadata }) => !metadata.name.startsWith('backup-scripts'))
        .flatMap(({ kind, data }) =>
          Object.entries(data ?? {}).map(([name, value]): [string, string] => [
            name,
            kind === 'Secret' ? Buffer.from(value, 'base64').toString() : value,
          ]),
        )
      const inPods = pods
        .flatMap(({ template }) => template.spec.containers)
        .flatMap(({ env }) => env ?? [])
        .map(({ name, value }): [string, string | undefined] => [name, value])
      const all = [...configured, ...inPods].filter(([name]) => !foreign.test(name))
      expect(all.length).toBeGreaterThan(10)
      for (const [name, value] of all) {
        const setting = settings[name as keyof typeof settings] as
          (typeof settings)[keyof typeof settings] | undefined
        expect([name, setting !== undefined]).toEqual([name, true])
        if (value !== undefined)
          expect([name, setting?.safeParse(value).success]).toEqual([name, true])
      }
    })

    test('every image is of a service there is, at the version of this checkout', () => {
      for (const { template } of pods)
        for (const { image } of template.spec.containers) {
          const [, service, tag] = /^soundalike\/([a-z]+?)(?:-cuda)?:(.+)$/.exec(image) ?? []
          if (service === undefined) {
            expect(image).toBe('postgres:17-alpine')
            continue
          }
          expect(existsSync(join(root, 'services', service, 'src/main.ts'))).toBe(true)
          expect(tag).toBe(version)
        }
    })
  })
}
