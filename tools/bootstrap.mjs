/**
 * Set-up, then a command: `node tools/bootstrap.mjs demo|test|check|chaos [args]`.
 *
 * Runs on whatever Node 20 or later the machine has and needs no package. It installs the packages
 * when they are missing or differ from the lock file, then hands over to the Node of `node_modules`,
 * the one version the project is written for. It speaks on standard error alone: standard output
 * belongs to the command.
 */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { Server } from 'node:net'
import { constants } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isatty } from 'node:tty'
import { fileURLToPath } from 'node:url'

const MINIMUM_NODE = 20
const LOCK_POLL_MS = 250

const commands = {
  demo: ['services/standalone/src/main.ts', 'demo'],
  test: ['tools/test.ts'],
  check: ['tools/test.ts', '--static'],
  chaos: ['services/standalone/chaos/main.ts'],
}

const root = realpathSync(fileURLToPath(new URL('..', import.meta.url)))
const bin = join(root, 'node_modules', '.bin')
const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== bin)
const say = (text) => process.stderr.write(`${text}\n`)

const giveUp = (text) => {
  say(text)
  process.exit(1)
}

// Ctrl-C on a terminal reaches the child without our help; passed on, it would arrive twice.
const onTerminal = [0, 1, 2].some((descriptor) => isatty(descriptor))

// A killed npm tells nobody; its children find out by having another parent.
const parent = process.ppid

/** Runs a program, passes signals on, and ends as it ended: its exit code, or 128 and the signal. */
const run = (program, args, options) =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, options)
    const watch = setInterval(() => process.ppid === parent || child.kill('SIGTERM'), 1_000)
    const forward = (signal) => (signal === 'SIGINT' && onTerminal ? undefined : child.kill(signal))
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
    signals.forEach((signal) => process.on(signal, forward))
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      clearInterval(watch)
      signals.forEach((name) => process.off(name, forward))
      resolve(code ?? 128 + constants.signals[signal])
    })
  })

/**
 * Whether `node_modules` holds what the lock file says. npm writes its own copy of the lock there as
 * the last thing it does, so an interrupted install leaves none. Optional packages may be absent:
 * most are builds for other machines.
 */
const isInstalled = () => {
  const present = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(present) || !existsSync(join(bin, 'node'))) return false
  const installed = packagesOf(present)
  return Object.entries(packagesOf(join(root, 'package-lock.json'))).every(
    ([path, { version, optional }]) =>
      !path.includes('node_modules/') ||
      (installed[path] ?? (optional && { version }))?.version === version,
  )
}

const packagesOf = (lockFile) => JSON.parse(readFileSync(lockFile, 'utf8')).packages

/**
 * Runs `work` while no other process of this checkout does. The name is one of Linux's abstract
 * sockets, which the kernel frees when its holder dies, so a killed install leaves no stale lock;
 * systems without them go unguarded.
 */
const alone = async (work) => {
  const name = `\0soundalike-install:${root}`
  let lock = await listen(name)
  while (lock === 'EADDRINUSE') {
    await sleep(LOCK_POLL_MS)
    lock = await listen(name)
  }
  await work()
  if (lock instanceof Server) lock.close()
}

/** A server on that name, or the code of the error that stood in its way. */
const listen = (name) =>
  new Promise((resolve) => {
    const server = new Server().on('error', (error) => resolve(error.code))
    server.listen(name, () => resolve(server))
  })

const install = async () => {
  if (isInstalled()) return
  say('installing packages (npm ci), about a minute the first time')
  // npm's own words go to standard error too; the level is the one the project file turns down.
  const code = await run('npm', ['ci', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, PATH: path.join(delimiter) },
  }).catch((error) =>
    giveUp(`npm did not start (${error.message}); it comes with Node, or as Debian's package npm`),
  )
  if (code !== 0)
    giveUp('npm ci failed; its reason is above. Is the npm registry within reach? Run this again.')
}

const [name = '', ...args] = process.argv.slice(2)
const command = Object.hasOwn(commands, name) ? commands[name] : null
if (command === null)
  giveUp(`usage: node tools/bootstrap.mjs ${Object.keys(commands).join('|')} [arguments]`)
if (Number.parseInt(process.versions.node, 10) < MINIMUM_NODE)
  giveUp(`Node ${MINIMUM_NODE} or later is needed to set up; this is ${process.versions.node}`)

if (!isInstalled()) await alone(install)

const env = { ...process.env, PATH: [bin, ...path].join(delimiter) }
if (name === 'demo') {
  const page = join(root, 'services', 'explorer')
  const code = await run(join(bin, 'vite'), ['build', page, '--logLevel', 'error'], {
    stdio: ['ignore', 2, 2],
    env,
  })
  if (code !== 0) giveUp('the web page could not be built; the reason is above')
}

const [script, ...fixed] = command
process.exitCode = await run(join(bin, 'node'), [join(root, script), ...fixed, ...args], {
  // The channel closes when this process dies, however it dies.
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  env,
})
