/** A real server for one suite. */
export interface TestServer {
  readonly url: string
  /** Ends the server and takes its files away; where the server was given, leaves it as it is. */
  stop(): Promise<void>
}

/** A server that was started here, and so can be away for a while. */
export interface LocalServer extends TestServer {
  /** Ends the server in good order and keeps its files. */
  halt(): Promise<void>
  /** Starts a halted server again, at the same address. */
  resume(): Promise<void>
}

/** Why a suite cannot have its server here. */
export class NoServerError extends Error {
  override readonly name = 'NoServerError'
}

/** Says on standard error which server a suite runs on. */
export const announce = (what: string, how: string): void => {
  process.stderr.write(`testkit: ${what}: ${how}\n`)
}
