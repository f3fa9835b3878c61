import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** Who a process runs as; nothing for whoever runs the tests. */
export interface RunAs {
  readonly uid?: number
  readonly gid?: number
}

interface ServerOptions extends RunAs {
  /** Variables beside PATH and the locale. */
  readonly environment?: Record<string, string>
}

/** A server that runs under a guard. */
export interface ServerProcess {
  /** Ends the server and leaves its folder, for `resume`; returns before the server has ended. */
  halt(): void
  /** Starts a halted server again in the same folder, once it has ended. */
  resume(): void
  /** Ends the server and takes its folder away. */
  stop(): Promise<void>
}

/**
 * Runs a server until `stop`, or until this process ends in whatever way; then it takes the server's folder away.
 *
 * A shell beside the server takes orders by a pipe from this process. The system closes the pipe even when this
 * process is killed, so neither servers nor folders are left behind.
 *
 * @param command - program and arguments
 * @param folder - deleted after
 */
export const runServer = (
  command: readonly string[],
  folder: string,
  { environment, ...runAs }: ServerOptions = {},
): ServerProcess => {
  const halt = 'kill -INT $!; wait $!'
  const orders = `while read -r order; do case $order in halt) ${halt} ;; resume) "$@" >&2 & ;; esac; done`
  const script = `"$@" >&2 & ${orders}; ${halt}; rm -rf "$FOLDER"`
  const guard = spawn('/bin/sh', ['-c', script, 'guard', ...command], {
    ...runAs,
    env: { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8', ...environment, FOLDER: folder },
    cwd: folder,
    // A session of its own, so that Ctrl-C in a terminal reaches this process and not the guard.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  guard.unref()
  return {
    halt: () => void guard.stdin.write('halt\n'),
    resume: () => void guard.stdin.write('resume\n'),
    stop: async () => {
      if (guard.exitCode !== null) return
      guard.ref()
      guard.stdin.end()
      await once(guard, 'exit')
    },
  }
}
