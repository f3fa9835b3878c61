import { createGatewayService, type GatewayService } from '../src/service.ts'
import { openTestLibrary, type TestLibrary } from './library.ts'

export interface TestGateway {
  library: TestLibrary
  service: GatewayService
  /** Fetches a path of the gateway. */
  get(path: string, init?: RequestInit): Promise<Response>
  close(): Promise<void>
}

/** A gateway on a free port over a library of its own. */
export const startTestGateway = async (
  config: { API_TOKEN?: string; EXPLORER_DIR?: string } = {},
): Promise<TestGateway> => {
  const library = await openTestLibrary()
  const service = createGatewayService({
    ...library.ports,
    config: {
      HOST: '127.0.0.1',
      PORT: 0,
      EXPLORER_DIR: undefined,
      API_TOKEN: undefined,
      ...config,
    },
  })
  await service.start()
  return {
    library,
    service,
    get: (path, init) => fetch(service.url() + path, init),
    close: async () => {
      await service.stop()
      await library.close()
    },
  }
}
