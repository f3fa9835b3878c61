interface Waiting<In, Out> {
  item: In
  resolve: (result: Out) => void
  reject: (error: unknown) => void
}

/**
 * Turns single calls into batches: one goes out when it is full, or when its first item has waited long enough.
 * A batch that fails is tried item by item, so that one bad item does not fail its neighbours.
 *
 * @param run - answers in the order it was asked
 */
export const createBatcher = <In, Out>(
  run: (items: In[]) => Promise<Out[]>,
  { size, waitMs }: { size: number; waitMs: number },
): ((item: In) => Promise<Out>) => {
  let waiting: Waiting<In, Out>[] = []
  let timer: NodeJS.Timeout | undefined

  const settleOne = async ({ item, resolve, reject }: Waiting<In, Out>): Promise<void> => {
    try {
      const [result] = await run([item])
      if (result === undefined) throw new Error('a batch of one gave no answer')
      resolve(result)
    } catch (error) {
      reject(error)
    }
  }

  const send = async (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    const batch = waiting
    waiting = []
    const results = await run(batch.map(({ item }) => item)).catch(() => undefined)
    for (const [index, entry] of batch.entries()) {
      const result = results?.[index]
      if (result === undefined) await settleOne(entry)
      else entry.resolve(result)
    }
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      if (waiting.length >= size) void send()
      else timer ??= setTimeout(() => void send(), waitMs)
    })
}
