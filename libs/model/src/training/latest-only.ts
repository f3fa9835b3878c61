/**
 * Does something with one item after the other. What comes while it is busy waits, and of what waits only the newest
 * stays, so that slow work is never behind by more than one item.
 *
 * @returns takes an item; settles once nothing waits any more
 */
export const latestOnly = <Item>(
  handle: (item: Item) => Promise<void>,
): ((item: Item) => Promise<void>) => {
  let waiting: { item: Item } | null = null
  let working: Promise<void> | null = null
  const work = async () => {
    try {
      while (waiting !== null) {
        const { item } = waiting
        waiting = null
        await handle(item)
      }
    } finally {
      working = null
    }
  }
  return (item) => {
    waiting = { item }
    return (working ??= work())
  }
}
