import type { Config } from '@soundalike/runtime'
import type { BreakLimits } from './host-breakers.ts'

/** What one download may cost, and what it may reach. */
export interface DownloadLimits extends BreakLimits {
  /** Largest preview that is read, also once it is unpacked. */
  readonly maxBytes: number
  readonly maxRedirects: number
  /** Bound on looking up and connecting to one host. */
  readonly connectTimeoutMs: number
  /** Longest silence of the other side while it is waited for. */
  readonly idleTimeoutMs: number
  /** Bound on the whole, with redirects and resumptions. */
  readonly timeoutMs: number
  /** Names, addresses and CIDR blocks inside the network that may be reached all the same. */
  readonly allowHosts: readonly string[]
}

/** Limits on downloads, as configured. */
export const downloadLimitsOf = (config: Config): DownloadLimits => ({
  maxBytes: config.MAX_PREVIEW_BYTES,
  maxRedirects: config.DOWNLOAD_MAX_REDIRECTS,
  connectTimeoutMs: config.DOWNLOAD_CONNECT_TIMEOUT_SECONDS * 1000,
  idleTimeoutMs: config.DOWNLOAD_IDLE_TIMEOUT_SECONDS * 1000,
  timeoutMs: config.DOWNLOAD_TIMEOUT_SECONDS * 1000,
  breakAfterFailures: config.DOWNLOAD_BREAK_AFTER_FAILURES,
  breakMs: config.DOWNLOAD_BREAK_SECONDS * 1000,
  allowHosts: config.DOWNLOAD_ALLOW_HOSTS.split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== ''),
})
