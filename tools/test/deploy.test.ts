import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { settings } from '@soundalike/runtime'
import { describe, expect, test } from '@jest/globals'
import { DockerfileParser, type Copy } from 'dockerfile-ast'
import { parse } from 'yaml'
import { root } from '../run.ts'

const read = (file: string): string => readFileSync(join(root, file), 'utf8')

const dockerfile = DockerfileParser.parse(read('deploy/Dockerfile'))
const stages = dockerfile.getFROMs().map((from) => from.getBuildStage())
const ignore = read('deploy/Dockerfile.dockerignore').split('\n')
/** Services that run as processes of their own, and the command. */
const services = readdirSync(join(root, 'services')).filter((service) =>
  existsSync(join(root, 'services', service, 'src/main.ts')),
)

const flagOf = (copy: Copy, wanted: string): string | null | undefined =>
  copy
    .getFlags()
    .find((flag) => flag.getName() === wanted)
    ?.getValue()
const copied = dockerfile
  .getCOPYs()
  .filter((copy) => flagOf(copy, 'from') === undefined)
  .flatMap((copy) => copy.getArguments().slice(0, -1))
  .map((argument) => argument.getValue())

describe('Dockerfile', () => {
  test.each([...new Set(copied)])('copies %s, which exists and is not ignored', (path) => {
    const found = globSync(path, { cwd: root })
    expect(found).not.toEqual([])
    const isLetIn = (file: string): boolean =>
      ignore.includes(`!${file}`) || (file.includes('/') && isLetIn(dirname(file)))
    for (const file of found) expect([file, isLetIn(file)]).toEqual([file, true])
  })

  test('a stage copies from stages that stand before it alone', () => {
    const sources = dockerfile.getCOPYs().flatMap((copy) => flagOf(copy, 'from') ?? [])
    expect(sources.length).toBeGreaterThan(4)
    for (const source of sources) expect(stages).toContain(source)
  })

  test('every image ends as a user who is not root, with an entry point, and a health check by its own code', () => {
    const last = new Map<string, Record<string, string>>()
    let current: Record<string, string> = {}
    for (const step of dockerfile.getInstructions()) {
      const words = step.getArgumentsContent() ?? ''
      if (step.getKeyword() === 'FROM') {
        const [, from = '', stage = ''] = /^(\S+) AS (\S+)$/.exec(words) ?? []
        current = { ...last.get(from) }
        last.set(stage, current)
      } else current[step.getKeyword()] = words
    }
    for (const target of ['runtime', 'runtime-ffmpeg', 'runtime-cuda']) {
      expect(last.get(target)).toMatchObject({ USER: 'node' })
      expect(last.get(target)?.['ENTRYPOINT']).toContain('exec node services/$SERVICE/src/main.ts')
      expect(last.get(target)?.['HEALTHCHECK']).toContain('deploy/healthcheck.mjs')
    }
  })

  test('an image is made of what it runs, never of what builds it', () => {
    const images = dockerfile.getFROMs().map((from) => [from.getBuildStage(), from.getImage()])
    expect(Object.fromEntries(images)).toMatchObject({
      runtime: 'debian:bookworm-slim',
      'runtime-ffmpeg': 'runtime',
      'runtime-cuda': 'nvidia/cuda:${CUDA}',
    })
    const after = read('deploy/Dockerfile').split(/^FROM /m)
    for (const stage of after.filter((text) => / AS runtime/.test(text.split('\n', 1)[0] ?? '')))
      expect(stage).not.toMatch(/\b(?:npm|apt-get|curl|make)\b/)
  })

  test('Node and TensorFlow.js are those that everything is tested with', () => {
    const versions = parse(read('package.json')) as { devDependencies: { node: string } }
    const model = parse(read('libs/model/package.json')) as {
      peerDependencies: Record<string, string>
    }
    expect(read('deploy/Dockerfile')).toContain(`ARG NODE=${versions.devDependencies.node}-`)
    expect(read('deploy/Dockerfile')).toContain(
      `@tensorflow/tfjs-node-gpu@${model.peerDependencies['@tensorflow/tfjs-node-gpu'] ?? ''} `,
    )
  })
})

interface ComposeService {
  image: string
  build?: { target: string; args: { SERVICE: string } }
  environment?: Record<string, string>
  depends_on?: Record<string, { condition: string }>
  deploy: { replicas?: number; resources: { limits: { memory: string } } }
  healthcheck?: { test?: string[]; disable?: boolean }
  configs?: { source: string }[]
  ports?: string[]
  profiles?: string[]
  read_only?: boolean
  restart?: string
  stop_grace_period?: string
  volumes?: string[]
}
const compose = parse(read('deploy/compose.yaml'), { merge: true, maxAliasCount: -1 }) as {
  services: Record<string, ComposeService>
  configs: Record<string, object>
  volumes: Record<string, null>
}
const all = Object.entries(compose.services)
const built = all.filter(([, service]) => service.build !== undefined)

/** As compose fills in variables that nobody has set. */
const byDefault = (text: string): string => text.replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1')
/** Those of the SDK of S3, which reads them itself. */
const foreign = /^AWS_(?:ACCESS_KEY_ID|SECRET_ACCESS_KEY)$/

describe('compose', () => {
  test('runs every service of the house, and those that a GPU helps on one where it is asked for', () => {
    const run = built.map(([, { build }]) => build?.args.SERVICE)
    expect([...new Set(run)].sort()).toEqual(services.sort())
    const onGpu = built.filter(([, { build }]) => build?.target === 'runtime-cuda')
    expect(onGpu.map(([name]) => name)).toEqual(['trainer-gpu', 'embedder-gpu'])
    for (const [, { profiles }] of built) {
      const isOnGpu = onGpu.some(([, service]) => service.profiles === profiles)
      expect(profiles).toEqual(isOnGpu ? ['gpu'] : undefined)
    }
  })

  test('needs nothing set: every variable has a default', () => {
    const variables = [...read('deploy/compose.yaml').matchAll(/(?<!\$)\$\{?\w+[^}\s]*\}?/g)]
    expect(variables.length).toBeGreaterThan(5)
    for (const [variable] of variables) expect(variable).toMatch(/^\$\{\w+:-[^}]+\}$/)
  })

  test('publishes nothing beyond this machine', () => {
    const ports = all.flatMap(([, service]) => service.ports ?? [])
    expect(ports.length).toBeGreaterThan(2)
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/)
  })

  test.each(built)('builds %s from a target that exists, with known settings', (_name, service) => {
    expect(stages).toContain(service.build?.target)
    const environment = Object.entries(service.environment ?? {})
    expect(environment.length).toBeGreaterThan(5)
    for (const [variable, value] of environment.filter(([name]) => !foreign.test(name))) {
      expect(Object.keys(settings)).toContain(variable)
      const setting = settings[variable as keyof typeof settings]
      expect([variable, setting.safeParse(byDefault(value)).success]).toEqual([variable, true])
    }
    expect(service.read_only).toBe(true)
  })

  test('what lasts is restarted, checked and bounded, and stops slowly where it has jobs in hand', () => {
    const stopSeconds = settings.STOP_TIMEOUT_SECONDS.parse(undefined)
    for (const [name, service] of all) {
      expect([name, service.deploy.resources.limits.memory]).toEqual([name, expect.any(String)])
      if (['migrate', 'bucket'].includes(name)) continue
      expect([name, service.restart]).toEqual([name, 'unless-stopped'])
      if (service.build === undefined) expect(service.healthcheck?.test).toBeDefined()
      else {
        // The image brings its own check.
        expect(service.healthcheck).toBeUndefined()
        expect(Number.parseInt(service.stop_grace_period ?? '', 10)).toBeGreaterThan(
          stopSeconds + 10,
        )
      }
    }
    expect(compose.services['transcoder']?.deploy.replicas).toBeGreaterThan(1)
  })

  test('what a service names is there: services, volumes, files, configurations, hosts', () => {
    const hosts = Object.keys(compose.services)
    for (const [name, service] of all) {
      for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
        const there = compose.services[other]
        expect([name, there !== undefined]).toEqual([name, true])
        if (condition === 'service_healthy') expect(there?.healthcheck?.test).toBeDefined()
        else expect(there?.restart).toBeUndefined()
      }
      for (const volume of service.volumes ?? []) {
        const [source = ''] = byDefault(volume).split(':')
        if (/^[a-z]+$/.test(source)) expect(Object.keys(compose.volumes)).toContain(source)
        if (/^\.\.?\/.*\./.test(source) && source !== './music')
          expect(existsSync(join(root, 'deploy', source))).toBe(true)
      }
      for (const { source } of service.configs ?? [])
        expect(Object.keys(compose.configs)).toContain(source)
      for (const value of Object.values(service.environment ?? {}))
        for (const [, host = ''] of value.matchAll(/(?:@|[a-z]:\/\/)([a-z]+):\d+/g))
          expect(hosts).toContain(host)
    }
  })

  test('Prometheus reads the figures of every process', () => {
    const { scrape_configs: scraped } = parse(read('deploy/prometheus/prometheus.yaml')) as {
      scrape_configs: {
        dns_sd_configs?: { names: string[] }[]
        static_configs?: { targets: string[] }[]
      }[]
    }
    const watched = scraped.flatMap(({ dns_sd_configs: found, static_configs: known }) => [
      ...(found ?? []).flatMap(({ names }) => names),
      ...(known ?? []).flatMap(({ targets }) => targets.map((target) => target.split(':', 1)[0])),
    ])
    const lasting = built.map(([name]) => name).filter((name) => name !== 'migrate')
    expect(watched.sort()).toEqual(lasting.sort())
  })
})
