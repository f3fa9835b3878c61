import { isConnectionLost } from './connection-lost.ts'

interface FailureKind {
  /** Permanent failures are recorded once and not retried until asked; transient ones are retried with backoff. */
  readonly permanent: boolean
  readonly cause: string
  readonly remedy: string
}

/** Every way a track, a job or a request can fail. `docs/errors.md` says the same in prose; a test compares both. */
export const failureKinds = {
  'empty-file': {
    permanent: true,
    cause: 'The preview has no bytes.',
    remedy: 'Fetch or copy the file again, then retry the track.',
  },
  'not-audio': {
    permanent: true,
    cause: 'The bytes are not in an audio format this decoder reads.',
    remedy:
      'Check what the file is, mostly a web page under an audio name; AAC (m4a) needs ffmpeg on PATH.',
  },
  'decode-failed': {
    permanent: true,
    cause: 'The format was recognised but no usable sound came out of it.',
    remedy: 'Play the file elsewhere: if it plays, install ffmpeg; if not, replace it.',
  },
  'too-short': {
    permanent: true,
    cause: 'Less than 3 seconds came out of the preview.',
    remedy: 'Use a longer preview, or copy the file again if it ought to be longer.',
  },
  'too-large': {
    permanent: true,
    cause: 'The preview, as it is sent or unpacked, is larger than the configured limit.',
    remedy: 'Raise MAX_PREVIEW_BYTES if the file is legitimate.',
  },
  silent: {
    permanent: true,
    cause: 'Less than 3 seconds of the preview are louder than −60 dBFS about their mean.',
    remedy: 'Use a preview with sound in it.',
  },
  'no-preview': {
    permanent: true,
    cause: 'The source has no preview for the track, or its entry says none that can be read.',
    remedy: 'Restore the file, or correct the entry and scrape again; then retry the track.',
  },
  'not-a-file': {
    permanent: true,
    cause: 'Something with an audio name is a folder, a pipe, a socket or a device.',
    remedy: 'Nothing, if that is meant; music inside such a folder is found all the same.',
  },
  forbidden: {
    permanent: true,
    cause: 'Reading the preview is not permitted.',
    remedy:
      'Grant read permission; move the file into its manifest’s folder; renew an address that expired.',
  },
  'address-refused': {
    permanent: true,
    cause: 'The preview’s address is not http or https, or leads into the network of this machine.',
    remedy: 'If the host is meant to be reached, name it in DOWNLOAD_ALLOW_HOSTS.',
  },
  'too-many-redirects': {
    permanent: true,
    cause: 'The preview’s address leads to another, and that to another, beyond the limit.',
    remedy: 'Open the address elsewhere; correct it, or raise DOWNLOAD_MAX_REDIRECTS.',
  },
  'bad-job': {
    permanent: true,
    cause: 'A job carried data that does not fit its contract.',
    remedy: 'Look for a producer of another version; the reconciler will enqueue the work again.',
  },
  'unknown-track': {
    permanent: true,
    cause: 'A job names a track the catalog does not know.',
    remedy: 'Nothing to do: the track was removed after the job was made.',
  },
  'preset-mismatch': {
    permanent: true,
    cause: 'A model bundle was made for other mel images than the ones at hand.',
    remedy: 'Use a model of the running preset, or train one.',
  },
  'unknown-model': {
    permanent: true,
    cause: 'A job names a model that was removed, or is being removed.',
    remedy: 'Nothing to do: the model was removed after the job was made, and nothing is recorded.',
  },
  'bad-model': {
    permanent: true,
    cause: 'A model is not there, or its bundle is damaged or was written by another version.',
    remedy: 'Name a model that exists, restore the bundle, or train again.',
  },
  'bad-vector': {
    permanent: true,
    cause:
      'A vector holds something that is not a finite number, is all zeros, or has the wrong length.',
    remedy: 'Embed the track again; if it persists, train again.',
  },
  'unknown-space': {
    permanent: true,
    cause: 'There is no vector space of that name, or no space is live yet.',
    remedy:
      'Wait until a model has been trained and its space is live, or name a space that exists.',
  },
  'library-too-small': {
    permanent: true,
    cause: 'There are too few tracks to train on, to draw a map of, or to recommend from.',
    remedy: 'Add music, from sources that allow training if it is for that.',
  },
  diverged: {
    permanent: true,
    cause: 'Training produced numbers that are none, or too large to be kept.',
    remedy: 'Train again with another seed or a lower learning rate.',
  },
  'in-use': {
    permanent: true,
    cause: 'Another process has the data folder open.',
    remedy: 'Stop that process, or give this one another DATA_DIR.',
  },
  'timed-out': {
    permanent: false,
    cause: 'An attempt took longer than its stage allows.',
    remedy: 'Nothing, if a retry succeeds; else look at the load of the machine.',
  },
  'missing-input': {
    permanent: false,
    cause: 'The output of the stage before is not in the blob store.',
    remedy: 'Nothing: the reconciler runs the stage before again.',
  },
  unavailable: {
    permanent: false,
    cause: 'A store, a source, a disk or ffmpeg does not do its part at the moment.',
    remedy: 'See what the reason names, and whether it is up and has room; the work is retried.',
  },
  'rate-limited': {
    permanent: false,
    cause: 'The source asks to be left alone for a while.',
    remedy: 'Nothing: the work goes on when the time is over.',
  },
  'decoder-crashed': {
    permanent: false,
    cause: 'The decoder died while it read the preview, or was ended for its use of memory.',
    remedy: 'Nothing, if a retry succeeds; else the file is damaged or hostile.',
  },
  'worker-lost': {
    permanent: false,
    cause: 'Every process that worked on the job died or was cut off.',
    remedy: 'Look at the memory limit of the workers and at the file, then retry the track.',
  },
  internal: {
    permanent: false,
    cause: 'Something the code did not foresee.',
    remedy: 'Read the log line with the same track id and report it.',
  },
} as const satisfies Record<string, FailureKind>

export type FailureCode = keyof typeof failureKinds

interface FailureOptions extends ErrorOptions {
  /** For a transient failure: how long whoever failed asks to be left alone. */
  readonly retryAfterMs?: number | undefined
  /** For a transient failure: how long this work alone is better put off. */
  readonly postponeMs?: number | undefined
}

/** A failure with a code from {@link failureKinds} and a reason that names the particular case. */
export class Failure extends Error {
  readonly code: FailureCode
  /** How long whoever failed asks to be left alone; undefined where it does not say. */
  readonly retryAfterMs: number | undefined
  /** How long this work alone is better put off; undefined where that is not known. */
  readonly postponeMs: number | undefined

  /**
   * @param reason - one line for people, e.g. "1.0 s of sound, at least 3 s are needed"
   */
  constructor(code: FailureCode, reason: string, options?: FailureOptions) {
    super(reason, options)
    this.name = 'Failure'
    this.code = code
    this.retryAfterMs = options?.retryAfterMs
    this.postponeMs = options?.postponeMs
  }

  /** Whether trying again without a change cannot help. */
  get permanent(): boolean {
    return failureKinds[this.code].permanent
  }

  /** What to do about it. */
  get remedy(): string {
    return failureKinds[this.code].remedy
  }

  /** Any thrown value as a failure; a connection that is lost becomes `unavailable`, anything else `internal`. */
  static from(error: unknown): Failure {
    if (error instanceof Failure) return error
    // An attempt at several addresses at once fails with no message of its own.
    const message = error instanceof Error ? error.message || error.name : String(error)
    const code = isConnectionLost(error) ? 'unavailable' : 'internal'
    return new Failure(code, message.split('\n', 1)[0] ?? message, { cause: error })
  }
}
