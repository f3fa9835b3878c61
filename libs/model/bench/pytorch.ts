import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const PYTHONS = ['python3', 'python']

/** The same architecture on one core of the same machine. */
export interface PytorchSteps {
  readonly version: string
  /** Widest instructions it makes use of, as it names them. */
  readonly vectors: string
  readonly encodeMsPerCrop: number
  readonly contrastiveMsPerCrop: number
  readonly autoencoderMsPerCrop: number
}

/** Null where no Python has PyTorch. */
export const pytorchSteps = async (): Promise<PytorchSteps | null> => {
  const script = fileURLToPath(new URL('two-axis.py', import.meta.url))
  for (const python of PYTHONS) {
    const { stdout } = await run(python, [script]).catch(() => ({ stdout: '' }))
    if (stdout !== '') return JSON.parse(stdout) as PytorchSteps
  }
  return null
}
