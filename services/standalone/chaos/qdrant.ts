import { NoServerError, startQdrant } from '@soundalike/testkit'
import type { Started } from './blobs.ts'
import { startProxy, type Proxy } from './proxy.ts'

/** A Qdrant behind a proxy; null where there is none to be had, and vectors are in the database. */
export const startQdrantIfAny = async (
  started: Started,
): Promise<{ url: string; proxy: Proxy } | null> => {
  try {
    const server = started('qdrant', await startQdrant())
    return { url: server.url, proxy: started('proxy', await startProxy(server.url)) }
  } catch (error) {
    if (error instanceof NoServerError) return null
    throw error
  }
}
