import { parentPort } from 'node:worker_threads'
import { openBackend } from '../src/backend.ts'
import { measureProduct } from './steps.ts'

/* One of the threads that multiply matrices at the same time: answers every message with its GMAC/s. */

const port = parentPort!
await openBackend()
port.on('message', () => port.postMessage(measureProduct(productRuns)))

/** Some seconds, so that two threads that do not start in the same moment still run side by side. */
const productRuns = 40
