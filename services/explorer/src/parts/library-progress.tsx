import { useEffect, useRef } from 'preact/hooks'
import { getStatus, type LibraryStatus } from '../api.ts'
import { tracksInWords } from '../text.ts'
import { useResource } from '../use-resource.ts'

const refreshMs = 3000

/**
 * How far the analysis of the library has come; nothing once every track is through.
 *
 * @param onGrowth - called when tracks were found since the page last looked
 */
export const LibraryProgress = ({ onGrowth }: { onGrowth?: () => void }) => {
  const [status, refresh] = useResource('status', getStatus)
  const tracks = status.value?.tracks
  const tracksSeen = useRef(tracks)

  useEffect(() => {
    if (tracks === undefined || tracks === tracksSeen.current) return
    if (tracksSeen.current !== undefined) onGrowth?.()
    tracksSeen.current = tracks
  }, [tracks])

  const unfinished = status.value !== null && !isFinished(status.value)

  useEffect(() => {
    if (!unfinished || status.state === 'loading') return
    const timer = setTimeout(refresh, refreshMs)
    return () => clearTimeout(timer)
  }, [unfinished, status.state])

  if (status.value === null || !unfinished) return null
  return status.value.tracks === 0 ? <EmptyLibrary /> : <Progress status={status.value} />
}

/** Each stage's figures, and how many tracks can come to it: all but those an earlier one lost. */
const progressOf = ({ tracks, stages }: LibraryStatus) => {
  let expected = tracks
  return stages.map((stage) => {
    const reachable = expected
    const lost = stage.failed + stage.skipped
    expected = Math.max(0, reachable - lost)
    // Counts are taken one after the other while work goes on: never show more than there are.
    return { ...stage, expected: reachable, settled: Math.min(reachable, stage.done + lost) }
  })
}

const isFinished = (status: LibraryStatus): boolean =>
  status.tracks > 0 &&
  status.model !== null &&
  progressOf(status).every(({ settled, expected }) => settled >= expected)

const EmptyLibrary = () => (
  <section class="notice" role="status">
    <h2>The library is empty so far</h2>
    <p>
      Start Soundalike with a folder of music: <code>npm run demo -- ~/Music</code>. Tracks appear
      here as they are found.
    </p>
  </section>
)

const Progress = ({ status }: { status: LibraryStatus }) => (
  <section class="notice" aria-label="Analysis of the library">
    <h2>The library is still being analysed</h2>
    <p>
      {tracksInWords(status.tracks)} found. Search and previews work already;{' '}
      {status.model === null
        ? 'neighbours come once a model has learnt from the library.'
        : 'a track has neighbours as soon as it is through the last stage.'}
    </p>
    {progressOf(status).map(({ stage, settled, expected, failed }) => (
      <label key={stage} class="progress">
        <span>{stage}</span>
        <progress max={Math.max(1, expected)} value={settled} />
        <span>
          {settled} of {expected}
          {failed > 0 && `, ${failed} failed`}
        </span>
      </label>
    ))}
  </section>
)
