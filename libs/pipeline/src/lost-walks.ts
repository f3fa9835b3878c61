import type { Catalog } from '@soundalike/catalog'
import type { Log } from '@soundalike/runtime'
import type { Pipeline } from './pipeline.ts'

interface LostWalksOptions {
  readonly pipeline: Pick<Pipeline, 'enqueue' | 'job'>
  readonly catalog: Pick<Catalog, 'cursor'>
  readonly log: Log
}

/**
 * Asks again for the walks of sources that never came to their end and that nobody is going on with, as when their queue
 * was lost. One that failed is left as it is while its job is kept.
 */
export const askForLostWalks = async (
  { pipeline, catalog, log }: LostWalksOptions,
  sources: readonly string[],
): Promise<void> => {
  for (const source of sources) {
    // The job first: one that ends meanwhile leaves a complete cursor.
    if ((await pipeline.job('scrape', { source })) !== null) continue
    if ((await catalog.cursor(source))?.complete === true) continue
    await pipeline.enqueue('scrape', [{ source }])
    log.warn({ source }, 'a walk that was lost is asked for again')
  }
}
