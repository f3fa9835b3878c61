import { createStageService, type StageService, type StageServicePorts } from '@soundalike/pipeline'
import { createPcmRemake, createSpectrogramHandler, type SpectrogramPorts } from './spectrogram.ts'

/** Handles spectrogram jobs. */
export const createSpectrogramService = (
  ports: StageServicePorts & SpectrogramPorts,
): StageService =>
  createStageService(ports, 'spectrogram', createSpectrogramHandler(ports), createPcmRemake(ports))
