export { createEmbedderService } from './service.ts'
export { createEncoders, type Encoders } from './encoders.ts'
