import { useState } from 'preact/hooks'
import { pictureUrl, type Track } from '../api.ts'
import { titleOf } from '../text.ts'

const kinds = {
  waveform: { name: 'Waveform', caption: 'lighter is the average, darker the peaks' },
  composite: { name: 'Composite', caption: 'mel in red, MFCC in green, chroma in blue' },
} as const

/** One more view of the sound, with axes. Drawn when it is scrolled to, and left out where it cannot be. */
export const SoundPicture = ({ track, kind }: { track: Track; kind: keyof typeof kinds }) => {
  const [missing, setMissing] = useState<string | null>(null)
  if (missing === track.id) return null
  const { name, caption } = kinds[kind]
  return (
    <figure class="picture">
      <img
        key={track.id}
        src={pictureUrl(track.id, kind)}
        alt={`${name} of ${titleOf(track)}`}
        loading="lazy"
        onError={() => setMissing(track.id)}
      />
      <figcaption>
        <span>{name}</span>
        <span>{caption}</span>
      </figcaption>
    </figure>
  )
}
