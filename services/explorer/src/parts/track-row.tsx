import type { ComponentChildren } from 'preact'
import type { Track } from '../api.ts'
import { bylineOf, titleOf } from '../text.ts'
import { PlayButton } from './play-button.tsx'

/** One track in a list: play button, link to its page, and what the list has to say about it. */
export const TrackRow = ({ track, children }: { track: Track; children?: ComponentChildren }) => (
  <li class="row">
    <PlayButton track={track} />
    <a class="row-track" href={`/tracks/${track.id}`}>
      <span class="row-title">{titleOf(track)}</span>
      <span class="row-byline">{bylineOf(track)}</span>
    </a>
    {children}
  </li>
)
