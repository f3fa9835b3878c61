import type { Catalog } from '@soundalike/catalog'
import { Failure, scrapeFingerprint } from '@soundalike/contracts'
import { maxWaiting, type Handler, type Pipeline } from '@soundalike/pipeline'
import type { Page, Source, Sources } from '@soundalike/sources'

interface ScrapePorts {
  sources: Sources
  catalog: Catalog
  pipeline: Pipeline
  /** Of the PCM that the transcoder is to make. */
  pcmFingerprint: string
}

/**
 * Walks one source and brings its tracks into the catalog, page by page. An interrupted walk goes on
 * from the last page kept; a walk after a complete one starts over and finds what is new.
 */
export const createScrapeHandler =
  (ports: ScrapePorts): Handler<'scrape'> =>
  async ({ payload, signal, log, progress }) => {
    const source = ports.sources.get(payload.source)
    if (source === undefined) {
      throw new Failure('unavailable', `this process has no source ${payload.source}`)
    }
    const saved = await ports.catalog.cursor(source.id)
    const from = saved === null || saved.complete || saved.position === '' ? null : saved.position
    // From here until its end nobody takes the walk before for this one.
    if (from === null) await ports.catalog.saveCursor(source.id, { position: '', complete: false })
    let found = 0
    for await (const page of source.walk(from, signal)) {
      await keepPage(ports, source, page)
      found += page.tracks.length
      await progress(0, { found })
    }
    await ports.catalog.saveCursor(source.id, { position: '', complete: true })
    log.info({ source: source.id, label: source.label, found }, 'source walked')
  }

/**
 * Catalog first, queue second, cursor last: a crash in between repeats the page. Tracks that were found before get
 * no job, and none does while enough of them wait: the reconciler knows which still need one.
 */
const keepPage = async (
  { catalog, pipeline, pcmFingerprint }: ScrapePorts,
  source: Source,
  page: Page,
): Promise<void> => {
  await catalog.upsertTracks([...page.tracks, ...page.refused.map(({ track }) => track)])
  const scraped = { stage: 'scrape', fingerprint: scrapeFingerprint, seconds: 0 } as const
  for (const { track, code, reason } of page.refused) {
    const failure = new Failure(code, reason)
    await catalog.recordFailed({ ...scraped, trackId: track.id, failure })
  }
  const trackIds = page.tracks.map(({ id }) => id)
  const added = await catalog.recordAllDone({ ...scraped, trackIds })
  const { waiting, delayed } = await pipeline.counts('transcode')
  const jobs = added.map((trackId) => ({
    trackId,
    source: source.id,
    fingerprint: pcmFingerprint,
  }))
  if (waiting + delayed < maxWaiting) await pipeline.enqueue('transcode', jobs)
  await catalog.saveCursor(source.id, { position: page.cursor, complete: false })
}
