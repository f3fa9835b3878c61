import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { stageNames } from '@soundalike/contracts'
import { settings } from '@soundalike/runtime'
import { skipLoudly } from '@soundalike/testkit'
import { describe, expect, test } from '@jest/globals'
import { parseAllDocuments } from 'yaml'
import { root } from '../run.ts'

interface Container {
  image: string
  env?: { name: string }[]
  resources: { requests: Record<string, string>; limits: Record<string, string | number> }
  [probe: `${string}Probe`]: { httpGet: { port: string } }
  ports: { name: string; containerPort: number }[]
}
interface Manifest {
  kind: string
  metadata: { name: string; labels?: Record<string, string> }
  data?: Record<string, string>
  stringData?: Record<string, string>
  spec: {
    template: {
      spec: {
        containers: Container[]
        nodeSelector?: Record<string, string>
        tolerations?: { key: string }[]
        securityContext: { runAsNonRoot: boolean }
      }
    }
  }
}

const render = (overlay: string): Manifest[] => {
  const text = execFileSync('kubectl', ['kustomize', join(root, 'k8s/overlays', overlay)])
  return parseAllDocuments(text.toString()).map((document) => document.toJS() as Manifest)
}

if (spawnSync('kubectl', ['kustomize', '--help']).status !== 0)
  await skipLoudly('k8s', 'kubectl is not here')
else
  describe.each(['dev', 'prod', 'gpu'])('overlay %s', (overlay) => {
    const manifests = render(overlay)
    const workloads = manifests.filter(({ kind }) => kind === 'Deployment')
    const containers = workloads.flatMap(({ spec }) => spec.template.spec.containers)

    test('every stage has exactly one workload', () => {
      const stages = workloads.flatMap(
        ({ metadata }) => metadata.labels?.['soundalike/stage'] ?? [],
      )
      expect(stages.sort()).toEqual([...stageNames].sort())
    })

    test('every workload has requests, a memory limit, probes on a port it opens, and no root', () => {
      for (const { spec } of workloads)
        expect(spec.template.spec.securityContext.runAsNonRoot).toBe(true)
      for (const container of containers) {
        expect(Object.keys(container.resources.requests).sort()).toEqual(['cpu', 'memory'])
        expect(container.resources.limits).toHaveProperty('memory')
        for (const probe of ['startup', 'liveness', 'readiness'] as const)
          expect(container.ports.map(({ name }) => name)).toContain(
            container[`${probe}Probe`]?.httpGet.port,
          )
      }
    })

    test('every setting is one the house reads', () => {
      const names = [
        ...manifests
          .filter(({ kind }) => kind === 'ConfigMap' || kind === 'Secret')
          .flatMap(({ data }) => Object.keys(data ?? {})),
        ...containers.flatMap(({ env }) => (env ?? []).map(({ name }) => name)),
      ]
      expect(names).toContain('BLOBS_URL')
      expect(Object.keys(settings)).toEqual(expect.arrayContaining(names))
    })

    test('the GPU goes to the trainer, under the overlay for it, and to nothing else', () => {
      const onGpu = workloads.filter(({ spec: { template } }) =>
        template.spec.containers.some(({ resources }) => 'nvidia.com/gpu' in resources.limits),
      )
      const placed = workloads.filter(
        ({ spec: { template } }) =>
          template.spec.nodeSelector?.['nvidia.com/gpu.present'] === 'true' &&
          template.spec.tolerations?.some(({ key }) => key === 'nvidia.com/gpu'),
      )
      const unplaced = workloads.filter(({ spec: { template } }) => !template.spec.nodeSelector)
      expect(onGpu.map(({ metadata }) => metadata.name)).toEqual(
        overlay === 'gpu' ? ['trainer'] : [],
      )
      expect(placed).toEqual(onGpu)
      expect(unplaced).toHaveLength(workloads.length - onGpu.length)
    })
  })
