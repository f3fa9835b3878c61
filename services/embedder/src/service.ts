import { createStageService, type StageService, type StageServicePorts } from '@soundalike/pipeline'
import { createEmbedHandler, type EmbedPorts } from './embed.ts'

/** Handles embed jobs. */
export const createEmbedderService = (ports: StageServicePorts & EmbedPorts): StageService =>
  createStageService(ports, 'embed', createEmbedHandler(ports))
