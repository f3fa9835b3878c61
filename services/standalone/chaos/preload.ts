/**
 * Loaded into every process of the installation before its own code: a clock that jumps when it is told to, and an end
 * with whoever started the process, however that one ends.
 */
import { isMainThread } from 'node:worker_threads'

const RealDate = Date
let aheadMs = 0
const now = (): number => RealDate.now() + aheadMs

if (isMainThread && process.channel) {
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, parts: readonly unknown[], newTarget) =>
      Reflect.construct(target, parts.length === 0 ? [now()] : parts, newTarget) as Date,
    get: (target, name): unknown => (name === 'now' ? now : Reflect.get(target, name)),
  })
  process.on('message', (message: { clockAheadMs: number }) => {
    aheadMs = message.clockAheadMs
  })
  process.on('disconnect', () => process.exit())
  process.channel.unref()
}
