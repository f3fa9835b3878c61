import type { Track } from '../api.ts'
import { usePlayer } from '../player.tsx'
import { titleOf } from '../text.ts'

const playShape = 'M8 5.5v13l11-6.5z'
const pauseShape = 'M7 5h4v14H7zM13 5h4v14h-4z'

export const PlayButton = ({ track, large = false }: { track: Track; large?: boolean }) => {
  const player = usePlayer()
  const playing = player.playing && player.track?.id === track.id
  const label = `${playing ? 'Pause' : 'Play'} ${titleOf(track)}`
  return (
    <button
      type="button"
      class={large ? 'play play-large' : 'play'}
      aria-label={label}
      title={label}
      onClick={() => player.toggle(track)}
    >
      <svg viewBox="0 0 24 24" aria-hidden="true">
        <path d={playing ? pauseShape : playShape} />
      </svg>
    </button>
  )
}
