export { createTranscoderService } from './service.ts'
