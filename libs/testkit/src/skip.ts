import { NoServerError, type TestServer } from './test-server.ts'

/** Reports a suite as skipped, with the reason in its title and on standard error. */
export const skipLoudly = async (suite: string, reason: string): Promise<void> => {
  // Loaded here, since it refuses to load outside of Jest, where the rest of the test kit is of use too.
  const { describe, test } = await import('@jest/globals')
  process.stderr.write(`testkit: SKIPPED ${suite}: ${reason}\n`)
  describe.skip(suite, () => {
    test(`skipped: ${reason}`, () => undefined)
  })
}

/**
 * A server for a suite, or a loud skip in its place: `const redis = await serverOrSkip('…', startRedis)`.
 *
 * @returns null where the suite was skipped
 */
export const serverOrSkip = async <Server extends TestServer>(
  suite: string,
  start: () => Promise<Server>,
): Promise<Server | null> => {
  try {
    return await start()
  } catch (error) {
    if (!(error instanceof NoServerError)) throw error
    await skipLoudly(suite, error.message)
    return null
  }
}
