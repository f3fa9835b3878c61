import type { ModelRow } from '@soundalike/catalog'

/** Models that are filled: the live one and those added after it. Newest first, as the catalog lists them. */
export const modelsInUse = (models: readonly ModelRow[]): readonly ModelRow[] => {
  const live = models.findIndex(({ status }) => status === 'live')
  const newer = live === -1 ? models : models.slice(0, live + 1)
  return newer.filter(({ status }) => status === 'filling' || status === 'live')
}

/**
 * Models to be removed: those that began to leave; where one is live, also those it left behind before they were filled,
 * and of the retired ones all but the newest.
 *
 * @param keep - retired ones that stay, to go back to
 */
export const modelsToRemove = (models: readonly ModelRow[], keep: number): readonly ModelRow[] => {
  const leaving = models.filter(({ status }) => status === 'leaving')
  if (!models.some(({ status }) => status === 'live')) return leaving
  const inUse = modelsInUse(models)
  const leftBehind = models.filter((row) => row.status === 'filling' && !inUse.includes(row))
  const retired = models.filter(({ status }) => status === 'retired')
  return [...leaving, ...leftBehind, ...retired.slice(keep)]
}
