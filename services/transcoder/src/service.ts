import { createStageService, type StageService, type StageServicePorts } from '@soundalike/pipeline'
import { createTranscodeHandler, type TranscodePorts } from './transcode.ts'

/** Handles transcode jobs. */
export const createTranscoderService = (ports: StageServicePorts & TranscodePorts): StageService =>
  createStageService(ports, 'transcode', createTranscodeHandler(ports))
