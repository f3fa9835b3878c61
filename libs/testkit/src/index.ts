export { findProgram } from './find-program.ts'
export { freePort } from './free-port.ts'
export { runPostgres, startPostgres } from './postgres.ts'
export { startQdrant } from './qdrant.ts'
export { runRedis, startRedis, type LocalRedis } from './redis.ts'
export {
  startRedisCluster,
  startSecureRedis,
  startSentinels,
  type WatchedRedis,
} from './redis-forms.ts'
export { startS3, type S3TestServer } from './s3.ts'
export { oneOf, scriptOptions, wholeNumber } from './script-options.ts'
export {
  answering,
  silent,
  startScriptedServer,
  type Answer,
  type SeenRequest,
} from './scripted-server.ts'
export { serverOrSkip, skipLoudly } from './skip.ts'
export { NoServerError, type LocalServer, type TestServer } from './test-server.ts'
export { untilReady } from './until-ready.ts'
export { wav } from './wav.ts'
