import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { settings } from '@soundalike/runtime'
import { expect, test } from '@jest/globals'
import { DockerfileParser } from 'dockerfile-ast'
import { parse } from 'yaml'
import { root } from '../run.ts'

const dockerfile = DockerfileParser.parse(readFileSync(join(root, 'deploy/Dockerfile'), 'utf8'))
const ignored = readFileSync(join(root, 'deploy/Dockerfile.dockerignore'), 'utf8').split('\n')

interface ComposeService {
  build?: { target: string; args: { SERVICE: string } }
  environment?: Record<string, string>
  depends_on?: Record<string, unknown>
  volumes?: string[]
}
const compose = parse(readFileSync(join(root, 'deploy/compose.yaml'), 'utf8'), { merge: true }) as {
  services: Record<string, ComposeService>
  volumes: Record<string, null>
}
const built = Object.entries(compose.services).filter(([, service]) => service.build !== undefined)
const deployable = readdirSync(join(root, 'services')).filter(
  (service) =>
    service !== 'standalone' && existsSync(join(root, 'services', service, 'src/main.ts')),
)

/** What the image copies from the checkout, and not from another stage. */
const copied = dockerfile
  .getCOPYs()
  .filter((copy) => !copy.getFlags().some((flag) => flag.getName() === 'from'))
  .flatMap((copy) => copy.getArguments().slice(0, -1))
  .map((argument) => argument.getValue())

test.each([...new Set(copied)])('the image copies %s, which exists and is not ignored', (path) => {
  expect(existsSync(join(root, path))).toBe(true)
  expect(ignored).toContain(`!${path}`)
})

test('a stage copies only from stages that stand before it, or from an image with a tag', () => {
  const stages = dockerfile.getFROMs().map((from) => from.getBuildStage())
  const sources = dockerfile
    .getCOPYs()
    .flatMap((copy) => copy.getFlags())
    .filter((flag) => flag.getName() === 'from')
    .map((flag) => flag.getValue() ?? '')
  for (const source of sources) expect(source.includes(':') || stages.includes(source)).toBe(true)
})

test('every image ends as a user who is not root', () => {
  const lastUser = new Map<string, string>()
  let stage = ''
  for (const step of dockerfile.getInstructions()) {
    const words = step.getArgumentsContent() ?? ''
    if (step.getKeyword() === 'FROM') stage = / AS (\S+)$/.exec(words)?.[1] ?? ''
    if (step.getKeyword() === 'USER') lastUser.set(stage, words)
  }
  expect(Object.fromEntries(lastUser)).toEqual({
    runtime: 'node',
    'runtime-ffmpeg': 'node',
    'runtime-cuda': 'node',
  })
})

test('compose runs every service of the house', () => {
  expect(built.map(([name]) => name).sort()).toEqual(deployable.sort())
})

test.each(built)(
  'compose builds %s from a target that exists, with known settings',
  (name, service) => {
    expect(service.build?.args.SERVICE).toBe(name)
    expect(dockerfile.getFROMs().map((from) => from.getBuildStage())).toContain(
      service.build?.target,
    )
    expect(Object.keys(settings)).toEqual(
      expect.arrayContaining(Object.keys(service.environment ?? {})),
    )
    for (const [variable, value] of Object.entries(service.environment ?? {}))
      if (!value.startsWith('${'))
        expect(settings[variable as keyof typeof settings].safeParse(value).success).toBe(true)
    for (const other of Object.keys(service.depends_on ?? {}))
      expect(Object.keys(compose.services)).toContain(other)
  },
)

test('every named volume is declared', () => {
  const named = Object.values(compose.services)
    .flatMap((service) => service.volumes ?? [])
    .map((volume) => volume.split(':', 1)[0] ?? '')
    .filter((volume) => /^[a-z]+$/.test(volume))
  expect([...new Set(named)].sort()).toEqual(Object.keys(compose.volumes).sort())
})
