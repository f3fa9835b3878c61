import type { Evaluation, Interval } from '@soundalike/model'

const isInterval = (figure: unknown): figure is Interval =>
  typeof figure === 'object' && figure !== null && 'value' in figure

/** Figures, and groups of figures by name. */
type Figures = Interval | { readonly [name: string]: Figures | undefined }

const across = (all: readonly Figures[]): Figures => {
  const [first] = all
  if (all.every(isInterval)) {
    const values = all.map(({ value }) => value)
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    return { value: mean, low: Math.min(...values), high: Math.max(...values) }
  }
  const groups = all as { readonly [name: string]: Figures | undefined }[]
  return Object.fromEntries(
    Object.keys(first ?? {}).flatMap((name) => {
      const own = groups.map((group) => group[name]).filter((figure) => figure !== undefined)
      return own.length === groups.length ? [[name, across(own)]] : []
    }),
  )
}

/**
 * Figures of models that differ by their seed as those of one: the mean, and the least and greatest among them in
 * place of an interval. What not all of them have is left out.
 *
 * @param evaluations - at least one
 */
export const acrossSeeds = (evaluations: readonly Evaluation[]): Evaluation =>
  across(evaluations as unknown as readonly Figures[]) as unknown as Evaluation
