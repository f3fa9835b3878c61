import { useEffect } from 'preact/hooks'
import { getStatus, type LibraryStatus } from '../api.ts'
import { tracksInWords } from '../text.ts'
import { useResource } from '../use-resource.ts'

const refreshMs = 3000

/** How far the analysis of the library has come; nothing once every track is through. */
export const LibraryProgress = () => {
  const [status, refresh] = useResource('status', getStatus)
  const unfinished = status.value !== null && !isFinished(status.value)

  useEffect(() => {
    if (!unfinished || status.state === 'loading') return
    const timer = setTimeout(refresh, refreshMs)
    return () => clearTimeout(timer)
  }, [unfinished, status.state])

  if (status.value === null || !unfinished) return null
  return status.value.tracks === 0 ? <EmptyLibrary /> : <Progress status={status.value} />
}

const isFinished = ({ tracks, stages, model }: LibraryStatus): boolean =>
  tracks > 0 && model !== null && stages.every((stage) => settled(stage) >= tracks)

const settled = (stage: LibraryStatus['stages'][number]): number =>
  stage.done + stage.failed + stage.skipped

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
    {status.stages.map((stage) => (
      <label key={stage.stage} class="progress">
        <span>{stage.stage}</span>
        <progress max={status.tracks} value={Math.min(status.tracks, settled(stage))} />
        <span>
          {stage.done} of {status.tracks}
          {stage.failed > 0 && `, ${stage.failed} failed`}
        </span>
      </label>
    ))}
  </section>
)
