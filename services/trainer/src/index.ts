export { reportFiles } from './report.ts'
export { createTrainerService } from './service.ts'
export { keepModel } from './train.ts'
