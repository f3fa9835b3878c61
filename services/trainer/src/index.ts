export { createTrainerService } from './service.ts'
