export { createGatewayService, type GatewayService, type GatewayServicePorts } from './service.ts'
