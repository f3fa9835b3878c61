import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Top folder of the checkout, absolute, with a slash at its end. */
export const root = fileURLToPath(new URL('..', import.meta.url))

/** How a program ended, and all it printed on either stream. */
export interface Outcome {
  ok: boolean
  output: string
}

// Nx asks its tasks for colours even where nobody can see them.
const env = { ...process.env, FORCE_COLOR: process.stdout.isTTY ? '1' : '0' }

/**
 * Runs a program of `node_modules/.bin` or the system at the top of the checkout.
 *
 * @param show - whether its output also goes to the terminal while it runs
 */
export const run = (words: readonly string[], { show = false } = {}): Promise<Outcome> =>
  new Promise((resolve) => {
    const [program = '', ...args] = words
    const child = spawn(program, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
    const chunks: Buffer[] = []
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        if (show) process.stdout.write(chunk)
      })
    child.on('error', (error) => resolve({ ok: false, output: `${program}: ${error.message}\n` }))
    child.on('close', (code) =>
      resolve({ ok: code === 0, output: Buffer.concat(chunks).toString() }),
    )
  })
