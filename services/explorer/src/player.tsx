import { createContext, type ComponentChildren } from 'preact'
import { useContext, useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { previewUrl, type Track } from './api.ts'
import { bylineOf, titleOf } from './text.ts'

interface Player {
  track: Track | null
  playing: boolean
  /** Plays a track from its start, or pauses and resumes it when it is the one at hand. */
  toggle(track: Track): void
}

const PlayerContext = createContext<Player | null>(null)

export const usePlayer = (): Player => {
  const player = useContext(PlayerContext)
  if (player === null) throw new Error('usePlayer outside of PlayerProvider')
  return player
}

/** Holds the page's one audio element, so that two previews never sound at once. */
export const PlayerProvider = ({ children }: { children: ComponentChildren }) => {
  const audio = useRef<HTMLAudioElement>(null)
  const [track, setTrack] = useState<Track | null>(null)
  const [playing, setPlaying] = useState(false)
  const [failed, setFailed] = useState(false)

  useEffect(() => {
    if (track !== null) play(audio.current)
  }, [track?.id])

  const player = useMemo<Player>(
    () => ({
      track,
      playing,
      toggle(next) {
        if (next.id !== track?.id) {
          setFailed(false)
          setTrack(next)
        } else if (playing) audio.current?.pause()
        else play(audio.current)
      },
    }),
    [track, playing],
  )

  return (
    <PlayerContext.Provider value={player}>
      {children}
      <aside class="player" aria-label="Player" hidden={track === null}>
        {track !== null && (
          <>
            <p class="player-track">
              <a href={`/tracks/${track.id}`}>{titleOf(track)}</a>
              <span>{failed ? 'This preview cannot be played here.' : bylineOf(track)}</span>
            </p>
            <audio
              ref={audio}
              src={previewUrl(track.id)}
              controls
              preload="auto"
              onPlay={() => setPlaying(true)}
              onPause={() => setPlaying(false)}
              onEnded={() => setPlaying(false)}
              onError={() => {
                setPlaying(false)
                setFailed(true)
              }}
            />
          </>
        )}
      </aside>
    </PlayerContext.Provider>
  )
}

/** A refusal (no sound device, another track chosen meanwhile) shows through the element's own events. */
const play = (audio: HTMLAudioElement | null): void => {
  audio?.play().catch(() => undefined)
}
