export { createTranscoderService } from './service.ts'
export { decodeLimitsOf } from './limits.ts'
