const MIB = 1024 * 1024

/** Bounds on everything a preview can make the decoder do. */
export interface DecodeLimits {
  /** Largest preview that is looked at. @default 64 MiB */
  readonly maxBytes: number
  /** Longest stretch that is ever decoded of one preview. @default 900 */
  readonly maxSeconds: number
  /** Wall time for one preview: all that is done for it, and what it waits for others. @default 60_000 */
  readonly timeoutMs: number
  /** Resident memory of one decoder process; beyond it the process is killed. @default 768 MiB */
  readonly maxMemoryBytes: number
}

/** Safe for previews from strangers and for whole tracks of a private collection. */
export const defaultLimits: DecodeLimits = {
  maxBytes: 64 * MIB,
  maxSeconds: 900,
  timeoutMs: 60_000,
  maxMemoryBytes: 768 * MIB,
}
