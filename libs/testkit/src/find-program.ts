import { execFile } from 'node:child_process'
import { access, constants, glob } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * Path of a program: on PATH, in one of the folders given, or installed from Debian where this process is
 * allowed to.
 *
 * @param folders - glob patterns beyond PATH; the last match wins, so that of numbered versions the newest does
 * @param debianPackage - what holds the program, where Debian has it
 * @returns null where it cannot be had
 */
export const findProgram = async (
  name: string,
  folders: readonly string[] = [],
  debianPackage?: string,
): Promise<string | null> => {
  const found = await lookFor(name, folders)
  if (found !== null || debianPackage === undefined) return found
  return (await aptInstall(debianPackage)) ? lookFor(name, folders) : null
}

const lookFor = async (name: string, folders: readonly string[]): Promise<string | null> => {
  const candidates = (process.env['PATH'] ?? '').split(path.delimiter)
  for (const pattern of folders)
    candidates.push(...(await Array.fromAsync(glob(pattern))).sort(byNumber).reverse())
  for (const folder of candidates) {
    const program = path.join(folder, name)
    if (await isExecutable(program)) return program
  }
  return null
}

const byNumber = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true })

const isExecutable = (file: string): Promise<boolean> =>
  access(file, constants.X_OK).then(
    () => true,
    () => false,
  )

const aptInstall = async (debianPackage: string): Promise<boolean> => {
  if (process.getuid?.() !== 0 || !(await isExecutable('/usr/bin/apt-get'))) return false
  // At run level 1 Debian's packages do not start the service they bring.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  const apt = (...words: string[]) =>
    run('/usr/bin/apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=120', ...words], { env })
  const install = () => apt('install', '-y', '--no-install-recommends', debianPackage)
  return install()
    .catch(() => apt('update').then(install))
    .then(
      () => true,
      () => false,
    )
}
