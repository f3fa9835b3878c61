import type { Catalog, FailureQuery, TrackFailure } from '@soundalike/catalog'

const PAGE_FAILURES = 500

/** Recorded failures, newest first, read from the catalog a page at a time. */
export async function* allFailures(
  catalog: Pick<Catalog, 'failures'>,
  query: Omit<FailureQuery, 'limit' | 'after'>,
): AsyncGenerator<TrackFailure> {
  let after: string | undefined
  for (;;) {
    const page = await catalog.failures({
      ...query,
      limit: PAGE_FAILURES,
      ...(after === undefined ? {} : { after }),
    })
    yield* page
    after = page.at(-1)?.cursor
    if (page.length < PAGE_FAILURES) return
  }
}
