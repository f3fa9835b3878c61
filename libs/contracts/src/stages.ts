/** Stages a track goes through, in order. Each leaves one state per track and fingerprint in the catalog. */
export const trackStages = ['scrape', 'transcode', 'spectrogram', 'embed'] as const
export type TrackStage = (typeof trackStages)[number]

/** Every stage that has a queue: the track stages, and the two that work on the whole library. */
export const stageNames = [...trackStages, 'train', 'map'] as const
export type StageName = (typeof stageNames)[number]

/** Kinds of source the house has adapters for; a source id is `<kind>-<instance>`. */
export const sourceKinds = ['folder', 'manifest'] as const
export type SourceKind = (typeof sourceKinds)[number]

/** Fingerprint of the scrape stage, whose output no parameter shapes. */
export const scrapeFingerprint = 'as-found'
