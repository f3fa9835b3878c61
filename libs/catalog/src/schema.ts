import type { FailureCode, TrackStage } from '@soundalike/contracts'
import type { Generated, JSONColumnType } from 'kysely'
import type { JsonObject } from '@bufbuild/protobuf'
import type { ModelStatus, StageState } from './catalog.ts'

interface TrackTable {
  id: string
  source: string
  source_track_id: string
  title: string
  artist: string
  album: string
  isrc: string
  duration_seconds: number
  licence: string
  attribution: string
  train_allowed: boolean
  locator: string
  /** tsvector of the words the track is found by. */
  words: string
  /** Place in a list by artist, album and title. */
  sort_key: string
}

interface StageStateTable {
  track_id: string
  stage: TrackStage
  fingerprint: string
  state: StageState['state']
  code: FailureCode | null
  reason: string | null
  seconds: number
  updated_at: Generated<Date>
}

/** Sums over stage_states, kept by triggers; spread over shards so that writers seldom wait for each other. */
interface StageCountTable {
  stage: TrackStage
  fingerprint: string
  shard: number
  done: number
  failed: number
  skipped: number
  seconds: number
}

interface CursorTable {
  source: string
  position: string
  complete: boolean
  updated_at: Generated<Date>
}

interface ModelTable {
  id: string
  manifest: JSONColumnType<JsonObject>
  status: ModelStatus
  added_at: Generated<Date>
}

interface LeaseTable {
  name: string
  token: number
  expires_at: Date
}

/** Tables of the catalog, in the schema `soundalike`. */
export interface CatalogSchema {
  tracks: TrackTable
  stage_states: StageStateTable
  stage_counts: StageCountTable
  cursors: CursorTable
  models: ModelTable
  leases: LeaseTable
}
