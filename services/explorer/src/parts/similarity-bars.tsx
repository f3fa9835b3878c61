import type { Similarity } from '../api.ts'

/** Whole similarity and that of each half of the vector, as bars with their number. */
export const SimilarityBars = ({ similarity, axes }: Omit<Similarity, 'track'>) => (
  <dl class="bars">
    <Bar name="Similarity" value={similarity} strong />
    <Bar name="Time" value={axes.time} />
    <Bar name="Frequency" value={axes.frequency} />
  </dl>
)

const Bar = ({
  name,
  value,
  strong = false,
}: {
  name: string
  value: number
  strong?: boolean
}) => (
  <div class={strong ? 'bar bar-strong' : 'bar'}>
    <dt>{name}</dt>
    <dd>
      <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
        <rect class="bar-back" width="100" height="6" />
        {/* A cosine below nought means "not alike at all" here: an empty bar says so. */}
        <rect class="bar-fill" width={Math.min(100, Math.max(0, value * 100))} height="6" />
      </svg>
      <span>{value.toFixed(2)}</span>
    </dd>
  </div>
)
