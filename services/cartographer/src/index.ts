export { createCartographerService } from './service.ts'
