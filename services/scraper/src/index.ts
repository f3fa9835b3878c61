export { createScraperService } from './service.ts'
