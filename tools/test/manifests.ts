import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { parse, parseAllDocuments } from 'yaml'
import { root } from '../run.ts'

interface Probe {
  readonly httpGet: { path: string; port: string }
}
export interface Container {
  readonly name: string
  readonly image: string
  readonly env?: readonly { name: string; value?: string }[]
  readonly envFrom?: readonly object[]
  readonly ports?: readonly { name: string; containerPort: number }[]
  readonly resources: {
    requests: Record<string, string>
    limits: Record<string, string | number>
  }
  readonly securityContext: object
  readonly volumeMounts: readonly { name: string }[]
  readonly startupProbe?: Probe
  readonly livenessProbe?: Probe
  readonly readinessProbe?: Probe
}

interface Requirement {
  readonly key: string
  readonly operator: string
}
export interface PodSpec {
  readonly containers: readonly Container[]
  readonly serviceAccountName: string
  readonly automountServiceAccountToken: boolean
  readonly securityContext: object
  readonly terminationGracePeriodSeconds?: number
  readonly topologySpreadConstraints?: readonly { topologyKey: string }[]
  readonly priorityClassName?: string
  readonly tolerations?: readonly { key: string }[]
  readonly volumes: readonly { name: string }[]
  readonly affinity?: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: readonly { matchExpressions: readonly Requirement[] }[]
      }
    }
  }
}
export interface Template {
  readonly metadata: { labels: Record<string, string> }
  readonly spec: PodSpec
}

/** A manifest as YAML has it; its `spec` has the form of its kind. */
export interface Manifest<Spec = unknown> {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { name: string; namespace?: string; labels?: Record<string, string> }
  readonly data?: Record<string, string>
  readonly spec: Spec
}

const documents = (text: string): Manifest[] =>
  parseAllDocuments(text, { merge: true }).map((document) => document.toJS() as Manifest)

/** What `kubectl apply --kustomize` would send. */
export const render = (overlay: string): Manifest[] => {
  const text = execFileSync('kubectl', ['kustomize', join(root, 'k8s/overlays', overlay)])
  return documents(text.toString()).map((manifest) =>
    manifest.kind === 'Secret' ? { ...manifest, data: unfolded(manifest.data) } : manifest,
  )
}

/** Kustomize breaks long values of secrets into lines, which Kubernetes overlooks and schemas do not. */
const unfolded = (data: Manifest['data'] = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(data).map(([key, value]) => [key, value.replaceAll('\n', '')]))

/** The resources of the base as they are written, before anything is laid over them. */
export const written = (): Manifest[] => {
  const read = (file: string): string => readFileSync(join(root, 'k8s/base', file), 'utf8')
  const { resources } = parse(read('kustomization.yaml')) as { resources: string[] }
  return resources.flatMap((file) => documents(read(file)))
}

/** Manifests of one kind. */
export const ofKind = <Spec>(manifests: readonly Manifest[], kind: string): Manifest<Spec>[] =>
  manifests.filter((manifest): manifest is Manifest<Spec> => manifest.kind === kind)

/** Every template of a pod, whatever starts it, and the manifest it is in. */
export const templates = (
  manifests: readonly Manifest[],
): { manifest: Manifest; template: Template }[] => {
  interface AnySpec {
    template?: Template
    jobTargetRef?: { template: Template }
    jobTemplate?: { spec: { template: Template } }
  }
  return manifests.flatMap((manifest) => {
    const spec = manifest.spec as AnySpec | undefined
    const template =
      spec?.template ?? spec?.jobTargetRef?.template ?? spec?.jobTemplate?.spec.template
    return template === undefined ? [] : [{ manifest, template }]
  })
}

const packages: Record<string, string> = {
  'keda.sh': '@kubernetes-models/keda',
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator',
}
const moduleOf = ({ apiVersion, kind }: Manifest): string =>
  `${packages[apiVersion.split('/')[0] ?? ''] ?? 'kubernetes-models'}/${apiVersion}/${kind}`

type Model = new (data: Manifest) => { validate(): void }

/** Holds manifests against the schemas of their kinds: fields that are missing, or have a wrong form. */
export const wrongFields = async (manifests: readonly Manifest[]): Promise<string[]> => {
  const wrong: string[] = []
  for (const manifest of manifests) {
    const models = (await import(moduleOf(manifest))) as Record<string, Model>
    const KindModel = models[manifest.kind]
    if (KindModel === undefined) throw new RangeError(`no schema of ${manifest.kind}`)
    try {
      new KindModel(manifest).validate()
    } catch (error) {
      wrong.push(`${manifest.kind} ${manifest.metadata.name}: ${String(error)}`)
    }
  }
  return wrong
}

/** Fields no schema knows. Validators let those pass; the compiler, given the manifest as a literal, does not. */
export const unknownFields = (manifests: readonly Manifest[]): string[] => {
  const text = manifests.map((manifest, index) => {
    const { apiVersion: _apiVersion, kind, ...fields } = manifest
    const model = `${kind}${String(index)}`
    const line = `import { ${kind} as ${model} } from '${moduleOf(manifest)}'; new ${model}(`
    return `${line}${JSON.stringify(fields)})`
  })
  const file = join(root, 'tools/test/manifests-as-code.ts')
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  }
  const host = ts.createCompilerHost(options)
  const readSource = host.getSourceFile.bind(host)
  host.getSourceFile = (name, version) =>
    name === file ? ts.createSourceFile(name, text.join('\n'), version) : readSource(name, version)
  const program = ts.createProgram([file], options, host)
  return program.getSemanticDiagnostics().map(({ messageText }) => {
    const [line = ''] = ts.flattenDiagnosticMessageText(messageText, '\n').split('\n')
    return line.slice(0, 300)
  })
}
