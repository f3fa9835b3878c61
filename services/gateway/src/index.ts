export { createGatewayService, type GatewayOptions, type GatewayService } from './service.ts'
export type { GatewayParts } from './parts.ts'
