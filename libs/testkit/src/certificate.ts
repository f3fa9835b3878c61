import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { findProgram } from './find-program.ts'
import { NoServerError } from './test-server.ts'

const run = promisify(execFile)

/** A key pair for 127.0.0.1 that is its own authority, made anew. */
export interface Certificate {
  readonly certificateFile: string
  readonly keyFile: string
}

/**
 * Makes a certificate in a folder.
 *
 * @throws NoServerError where there is no openssl
 */
export const makeCertificate = async (folder: string): Promise<Certificate> => {
  const openssl = await findProgram('openssl', [], 'openssl')
  if (openssl === null) throw new NoServerError('TLS needs a certificate, and there is no openssl')
  const certificateFile = path.join(folder, 'server.crt')
  const keyFile = path.join(folder, 'server.key')
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const name = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1']
  const files = ['-keyout', keyFile, '-out', certificateFile]
  await run(openssl, ['req', '-x509', ...key, '-days', '2', ...name, ...files])
  return { certificateFile, keyFile }
}
