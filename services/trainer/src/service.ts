import { createStageService, type StageService, type StageServicePorts } from '@soundalike/pipeline'
import { createTrainHandler, type TrainPorts } from './train.ts'

/** Handles train jobs. */
export const createTrainerService = (ports: StageServicePorts & TrainPorts): StageService =>
  createStageService(ports, 'train', createTrainHandler(ports))
