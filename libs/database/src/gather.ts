interface Call<Input, Output> {
  readonly input: Input
  resolve(output: Output): void
  reject(reason: unknown): void
}

/** Most calls that are made one. */
const MAX_TOGETHER = 500

/**
 * Makes one statement of many: what is asked for in one turn of the event loop, or while the statement before is under
 * way, goes into the next. So under load there are few statements, and a call on its own waits for nobody.
 *
 * @param run - takes any number of inputs and returns an output for each, in order. It counts as done for none of them
 *   when it throws, and then runs for each on its own, so that one that cannot be served keeps no other from it
 * @returns settles when the statement its input was part of is done
 */
export const gather = <Input, Output>(
  run: (inputs: readonly Input[]) => Promise<readonly Output[]>,
): ((input: Input) => Promise<Output>) => {
  const waiting: Call<Input, Output>[] = []
  let busy = false

  const settle = async (calls: readonly Call<Input, Output>[]): Promise<void> => {
    try {
      const outputs = await run(calls.map(({ input }) => input))
      for (const [index, call] of calls.entries()) call.resolve(outputs[index] as Output)
    } catch (error) {
      if (calls.length > 1) await Promise.all(calls.map((call) => settle([call])))
      else calls[0]?.reject(error)
    }
  }

  const settleAll = async (): Promise<void> => {
    while (waiting.length > 0) await settle(waiting.splice(0, MAX_TOGETHER))
    busy = false
  }

  return (input) =>
    new Promise((resolve, reject) => {
      waiting.push({ input, resolve, reject })
      if (!busy) setImmediate(() => void settleAll())
      busy = true
    })
}
