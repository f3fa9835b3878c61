import { useEffect, useRef } from 'preact/hooks'
import { getSimilar, getTrack, type Track } from '../api.ts'
import { LibraryProgress } from '../parts/library-progress.tsx'
import { ErrorNotice, Notice } from '../parts/notice.tsx'
import { PlayButton } from '../parts/play-button.tsx'
import { SimilarityBars } from '../parts/similarity-bars.tsx'
import { SoundPicture } from '../parts/sound-picture.tsx'
import { Spectrogram } from '../parts/spectrogram.tsx'
import { TrackRow } from '../parts/track-row.tsx'
import { bylineOf, clock, titleOf } from '../text.ts'
import { useResource } from '../use-resource.ts'

/** One track: what is known of it, its sound, its pictures and the ten that sound most like it. */
export const TrackPage = ({ id }: { id: string }) => {
  const [track, retry] = useResource(id, (signal) => getTrack(id, signal))
  if (track.state === 'failed') {
    return (
      <main>
        <ErrorNotice error={track.error} onRetry={retry} />
      </main>
    )
  }
  if (track.value?.id !== id) {
    return (
      <main>
        <p class="quiet">Loading the track…</p>
      </main>
    )
  }
  return (
    <main>
      <TrackHead track={track.value} />
      <Spectrogram track={track.value} />
      <div class="pictures">
        <SoundPicture track={track.value} kind="waveform" />
        <SoundPicture track={track.value} kind="composite" />
      </div>
      <Neighbours key={id} id={id} />
    </main>
  )
}

const TrackHead = ({ track }: { track: Track }) => {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = `${titleOf(track)} – Soundalike`
    // The page changed without a load: tell those who do not see it, and start them at its head.
    heading.current?.focus({ preventScroll: true })
    window.scrollTo(0, 0)
  }, [track.id])

  return (
    <header class="track-head">
      <PlayButton track={track} large />
      <div>
        <h1 ref={heading} tabIndex={-1}>
          {titleOf(track)}
        </h1>
        <p class="track-byline">{bylineOf(track)}</p>
        <dl class="facts">
          {track.durationSeconds > 0 && <Fact name="Length" text={clock(track.durationSeconds)} />}
          <Fact name="Licence" text={track.licence || 'not stated'} />
          {track.attribution !== '' && <Fact name="Attribution" text={track.attribution} />}
          <Fact name="File" text={track.file} />
        </dl>
      </div>
    </header>
  )
}

const Fact = ({ name, text }: { name: string; text: string }) => (
  <div>
    <dt>{name}</dt>
    <dd>{text}</dd>
  </div>
)

const Neighbours = ({ id }: { id: string }) => {
  const [found, retry] = useResource(id, (signal) => getSimilar(id, signal))
  return (
    <section aria-labelledby="neighbours" aria-busy={found.state === 'loading'}>
      <h2 id="neighbours">Sounds alike</h2>
      {found.state === 'loading' && <p class="quiet">Listening…</p>}
      {found.state === 'failed' && (
        <>
          <ErrorNotice error={found.error} onRetry={retry} />
          <LibraryProgress />
        </>
      )}
      {found.state === 'ready' && found.value.similar.length === 0 && (
        <Notice title="No other track has a vector yet">
          <p>Add music, or wait until more of the library is analysed.</p>
        </Notice>
      )}
      {found.state === 'ready' && (
        <ol class="rows">
          {found.value.similar.map(({ track, similarity, axes }) => (
            <TrackRow key={track.id} track={track}>
              <SimilarityBars similarity={similarity} axes={axes} />
            </TrackRow>
          ))}
        </ol>
      )}
    </section>
  )
}
