/**
 * The static checks, then every project's tests: `npm test`, or `npm test -- catalog gateway` for some
 * projects' tests alone, or `npm run check` for the checks alone. Goes through to the end whatever
 * fails, and closes with the line `N passed, N failed`. Each static check counts as one test.
 */
import { glob, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { findProgram } from '@soundalike/testkit'
import { type Check, lanes } from './checks.ts'
import { closingLine, nothing, readReport, sum, type Tally } from './results.ts'
import { root, run } from './run.ts'

const say = (text: string): void => void process.stdout.write(`${text}\n`)

/** Programs that some suites need, where else than on PATH they may be, and the Debian package of each. */
const programs: readonly [name: string, folders: string[], debianPackage: string][] = [
  ['redis-server', [], 'redis-server'],
  ['initdb', ['/usr/lib/postgresql/*/bin'], 'postgresql'],
  ['ffmpeg', [], 'ffmpeg'],
  ['promtool', [], 'prometheus'],
  ['chromium', [], 'chromium'],
]

const findPrograms = async (): Promise<void> => {
  for (const [name, folders, debianPackage] of programs)
    if ((await findProgram(name, folders, debianPackage)) === null)
      say(`! ${name} is not here and could not be installed: suites that need it are skipped`)
}

const runChecks = async (): Promise<Tally> => {
  const tallies = await Promise.all(
    lanes.map(async (lane) => {
      const done: Tally[] = []
      for (const check of lane) done.push(await runCheck(check))
      return sum(done)
    }),
  )
  return sum(tallies)
}

const runCheck = async (check: Check): Promise<Tally> => {
  const startedAt = performance.now()
  const { ok, output } = await check.run()
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  say(`${ok ? '✓' : '✗'} ${check.name} (${seconds} s)${ok ? '' : `\n${output}`}`)
  return { ...nothing, passed: ok ? 1 : 0, failed: ok ? 0 : 1 }
}

/** Folders of the projects that have tests, e.g. `libs/catalog`. */
const testedProjects = async (names: readonly string[]): Promise<string[]> => {
  const configs = await Array.fromAsync(
    glob(['{libs,services}/*/jest.config.mjs', 'tools/jest.config.mjs'], { cwd: root }),
  )
  const folders = configs.map((file) => dirname(file)).sort()
  return names.length === 0 ? folders : folders.filter((folder) => names.includes(basename(folder)))
}

const usage = `usage: npm test [-- PROJECT...]

Runs the static checks and every test, or the tests of the named projects alone, e.g. npm test -- catalog gateway.
npm run check runs the static checks alone.
`

interface Arguments {
  help: boolean
  checksAlone: boolean
  /** Names of projects, each of which has tests; none means all. */
  projects: string[]
}

/** @throws Error that names an argument which means nothing here */
const readArguments = async (args: string[]): Promise<Arguments> => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      static: { type: 'boolean', default: false },
    },
  })
  const known = (await testedProjects([])).map((folder) => basename(folder))
  const unknown = positionals.filter((name) => !known.includes(name))
  if (unknown.length > 0) {
    throw new Error(`no project with tests: ${unknown.join(', ')}; there are ${known.join(', ')}`)
  }
  return { help: values.help, checksAlone: values.static, projects: positionals }
}

const runSuites = async (folders: readonly string[]): Promise<Tally> => {
  const results = join(root, 'test-results')
  await rm(results, { recursive: true, force: true })
  const projects = folders.map((folder) => `@soundalike/${basename(folder)}`)
  const { ok } = await run(
    ['nx', 'run-many', '--target=test', `--projects=${projects.join()}`, '--output-style=stream'],
    { show: true },
  )
  const total = sum(
    await Promise.all(
      folders
        .map((folder) => basename(folder))
        .map((project) => readReport(project, join(results, `${project}.json`))),
    ),
  )
  if (total.failed > 0 || (ok && total.passed > 0)) return total
  say(ok ? '✗ no test ran' : '✗ a test run ended with an error though no test failed; see above')
  return { ...total, failed: 1 }
}

const { help, checksAlone, projects } = await readArguments(process.argv.slice(2)).catch(
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
    process.exit(2)
  },
)
if (help) {
  process.stdout.write(usage)
  process.exit()
}

const tallies: Tally[] = []
if (projects.length === 0) tallies.push(await runChecks())
if (!checksAlone) {
  await findPrograms()
  tallies.push(await runSuites(await testedProjects(projects)))
}
const total = sum(tallies)
for (const suite of total.skippedSuites) say(`skipped  ${suite}`)
say(closingLine(total))
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1
