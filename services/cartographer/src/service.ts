import { createStageService, type StageService, type StageServicePorts } from '@soundalike/pipeline'
import { createMapHandler, type MapPorts } from './map.ts'

/** Handles map jobs. */
export const createCartographerService = (ports: StageServicePorts & MapPorts): StageService =>
  createStageService(ports, 'map', createMapHandler(ports))
