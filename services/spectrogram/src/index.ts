export { createSpectrogramService } from './service.ts'
