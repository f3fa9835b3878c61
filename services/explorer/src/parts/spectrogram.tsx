import { useState } from 'preact/hooks'
import { spectrogramUrl, type Track } from '../api.ts'
import { titleOf } from '../text.ts'

/** The mel spectrogram the model listens to: time from left to right, low notes at the bottom. */
export const Spectrogram = ({ track }: { track: Track }) => {
  const [missing, setMissing] = useState<string | null>(null)
  if (missing === track.id) return <p class="quiet">There is no picture of this track yet.</p>
  return (
    <figure class="spectrogram">
      <img
        key={track.id}
        src={spectrogramUrl(track.id)}
        alt={`Mel spectrogram of ${titleOf(track)}`}
        width={1024}
        height={256}
        onError={() => setMissing(track.id)}
      />
      <figcaption>
        <span>Time →</span>
        <span>low notes at the bottom; brighter is louder</span>
      </figcaption>
    </figure>
  )
}
