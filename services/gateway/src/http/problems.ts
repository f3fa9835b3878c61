import { Failure, failureKinds, type FailureCode } from '@soundalike/contracts'

interface ProblemKind {
  status: number
  remedy: string
}

/** Every code an answer of the API can carry, its HTTP status and what to do about it. */
export const problemKinds = {
  'bad-parameter': {
    status: 400,
    remedy: 'Correct the parameter that the message names; /openapi.json says what each takes.',
  },
  'bad-request': {
    status: 400,
    remedy: 'Send a request that HTTP allows; the address may be wrongly encoded.',
  },
  unauthorised: {
    status: 401,
    remedy: 'Send the configured API_TOKEN as "Authorization: Bearer …".',
  },
  'no-such-route': { status: 404, remedy: 'See /openapi.json for what there is.' },
  'method-not-allowed': { status: 405, remedy: 'Use a method that the Allow header names.' },
  'unknown-track': { status: 404, remedy: 'Find the track’s id with /v1/tracks?query=.' },
  'no-preview': {
    status: 404,
    remedy: 'Restore the file, or start the gateway with the MUSIC_PATH the track came from.',
  },
  'not-analysed': {
    status: 409,
    remedy: 'Ask again later; /v1/status says how far the analysis is.',
  },
  'analysis-failed': {
    status: 409,
    remedy: 'Replace the file if it is at fault, then retry the track.',
  },
  'no-live-model': {
    status: 409,
    remedy:
      'Wait until a model is trained and the library embedded; /v1/status says how far it is.',
  },
  misdirected: {
    status: 421,
    remedy: 'Ask for localhost or 127.0.0.1; a proxy in front must send one of them as Host.',
  },
  'range-not-satisfiable': { status: 416, remedy: 'Ask for a range within the preview.' },
  busy: { status: 503, remedy: 'Ask again in a few seconds, for fewer at a time.' },
  'timed-out': { status: 503, remedy: 'Ask again later; look at the load of the machine.' },
  unavailable: { status: 503, remedy: 'Check that the stores and the source are up.' },
  internal: { status: 500, remedy: 'Read the log line with the same request id and report it.' },
} as const satisfies Record<string, ProblemKind>

export type ProblemCode = keyof typeof problemKinds

/** Why a request got no answer, in a form that may be shown to strangers. */
export class Problem extends Error {
  readonly code: ProblemCode
  readonly remedy: string

  /**
   * @param message - one line for people; never a path or an address of the machine
   * @param remedy - what to do in this case; by default what helps with every problem of the code
   */
  constructor(
    code: ProblemCode,
    message: string,
    options?: { cause?: unknown; remedy?: string | undefined },
  ) {
    super(message, { cause: options?.cause })
    this.name = 'Problem'
    this.code = code
    this.remedy = options?.remedy ?? problemKinds[code].remedy
  }

  get status(): number {
    return problemKinds[this.code].status
  }

  toJSON(): { error: { code: ProblemCode; message: string; remedy: string } } {
    return { error: { code: this.code, message: this.message, remedy: this.remedy } }
  }

  /**
   * Any thrown value as a problem. Reasons of failures can name paths and hosts, so only the
   * general words for their code go out; the cause keeps the reason for the log.
   */
  static from(error: unknown): Problem {
    if (error instanceof Problem) return error
    if (error instanceof Failure) return fromFailure(error)
    if (isClientError(error)) {
      return new Problem('bad-request', 'The request is malformed.', { cause: error })
    }
    return new Problem('internal', failureKinds.internal.cause, { cause: error })
  }
}

const codeOf: Partial<Record<FailureCode, ProblemCode>> = {
  'unknown-track': 'unknown-track',
  'no-preview': 'no-preview',
  'not-a-file': 'no-preview',
  forbidden: 'no-preview',
  'not-audio': 'no-preview',
  'address-refused': 'no-preview',
  'too-many-redirects': 'no-preview',
  'empty-file': 'analysis-failed',
  'decode-failed': 'analysis-failed',
  'decoder-crashed': 'analysis-failed',
  'too-short': 'analysis-failed',
  'too-large': 'analysis-failed',
  silent: 'analysis-failed',
  unavailable: 'unavailable',
  'rate-limited': 'unavailable',
  'timed-out': 'timed-out',
}

const fromFailure = (failure: Failure): Problem =>
  new Problem(codeOf[failure.code] ?? 'internal', failureKinds[failure.code].cause, {
    cause: failure,
    remedy: failure.remedy,
  })

/** Express throws errors with a status for addresses that do not decode. */
const isClientError = (error: unknown): boolean =>
  error instanceof Error &&
  'status' in error &&
  typeof error.status === 'number' &&
  error.status >= 400 &&
  error.status < 500
