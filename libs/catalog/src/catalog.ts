import type { Failure, FailureCode, ModelManifest, Track, TrackStage } from '@soundalike/contracts'

/** One stage of one track, for one fingerprint of the parameters that shape its output. */
export interface StageKey {
  readonly trackId: string
  readonly stage: TrackStage
  readonly fingerprint: string
}

/** Wall-clock time the stage took. */
interface Timed {
  readonly seconds: number
}

export interface StageState {
  readonly state: 'done' | 'failed' | 'skipped'
  /** Null unless failed, or skipped for a reason that has a code. */
  readonly code: FailureCode | null
  /** One line for people; null when done. */
  readonly reason: string | null
  readonly seconds: number
  readonly updatedAt: Date
}

export interface StageCounts {
  readonly done: number
  readonly failed: number
  readonly skipped: number
  /** Sum over all of these tracks. */
  readonly seconds: number
}

export interface TrackQuery {
  /**
   * Words, in any order, of title, artist, album or locator. A word finds those that begin with it;
   * case, accents and apostrophes do not count. No words at all find every track.
   */
  readonly query: string
  /** 1…1,000. */
  readonly limit: number
  /** How many to leave out at the start, 0…1,000,000. */
  readonly offset: number
}

export interface TrackPage {
  /** By artist, album and title. */
  readonly tracks: Track[]
  /** How many there are on all pages. */
  readonly total: number
}

export interface TrackFailure extends StageKey, Timed {
  readonly code: FailureCode
  readonly reason: string
  readonly updatedAt: Date
  /** Names this row to {@link FailureQuery.after}. */
  readonly cursor: string
}

export interface FailureQuery {
  readonly stage?: TrackStage
  readonly fingerprint?: string
  readonly code?: FailureCode
  /** 1…10,000. */
  readonly limit: number
  /** `cursor` of the last failure of the page before. */
  readonly after?: string
}

export interface PendingQuery {
  readonly stage: TrackStage
  readonly fingerprint: string
  /** The stage that must be done first; null where every track qualifies. */
  readonly after: { readonly stage: TrackStage; readonly fingerprint: string } | null
  /** 1…10,000. */
  readonly limit: number
  /** Last id of the page before; ids come in ascending order. */
  readonly afterId?: string
}

export interface DoneQuery {
  readonly stage: TrackStage
  readonly fingerprint: string
  /** 1…10,000. */
  readonly limit: number
  /** Last id of the page before; ids come in ascending order. */
  readonly afterId?: string
}

/** Failed states that match everything given; an empty query means all of them. */
export interface ForgetQuery {
  readonly stage?: TrackStage
  readonly code?: FailureCode
  /** Recorded at least this long ago. */
  readonly minAgeSeconds?: number
  readonly trackIds?: readonly string[]
}

/** How far a source has been walked. */
export interface Cursor {
  /** Whatever the source makes of it. */
  readonly position: string
  /** Whether the walk reached the end. */
  readonly complete: boolean
  readonly updatedAt: Date
}

/**
 * `filling`: its space is being filled. `live`: it answers searches, one model at most. `retired`: it did. `leaving`: what
 * there is of it is being deleted.
 */
export type ModelStatus = 'filling' | 'live' | 'retired' | 'leaving'

export interface ModelRow {
  readonly manifest: ModelManifest
  readonly status: ModelStatus
  readonly addedAt: Date
}

/** The right to do what only one may do at a time. It ends by itself unless it is renewed. */
export interface Lease {
  readonly name: string
  /** Larger than that of any lease of the name before. */
  readonly token: number
}

/**
 * What is known of each track and how far it got. The catalog is the truth: a stage is done for a track when
 * the catalog says so for the current fingerprint, and what it does not say is still to be done.
 *
 * Numbers out of their range throw RangeError.
 */
export interface Catalog {
  /**
   * Adds tracks and brings those it has up to date; a track that is as it was costs no write.
   *
   * @returns ids that were new, each to exactly one of several callers at once
   */
  upsertTracks(tracks: readonly Track[]): Promise<{ added: string[] }>
  getTrack(id: string): Promise<Track | null>
  /** The tracks there are among the ids asked for, by id. */
  getTracks(ids: readonly string[]): Promise<Map<string, Track>>
  searchTracks(query: TrackQuery): Promise<TrackPage>
  countTracks(): Promise<number>

  /**
   * Records how a stage ended, replacing how it ended before. A stage may run twice at once, so a failure that
   * arrives after a success of the same fingerprint changes nothing.
   *
   * @throws Failure `unknown-track`
   */
  recordDone(outcome: StageKey & Timed): Promise<void>
  /**
   * The same for many tracks at once; those that were done already are left as they are.
   *
   * @returns ids of the others, each to exactly one of several callers at once
   */
  recordAllDone(
    outcome: Omit<StageKey, 'trackId'> & Timed & { readonly trackIds: readonly string[] },
  ): Promise<string[]>
  recordFailed(outcome: StageKey & Timed & { readonly failure: Failure }): Promise<void>
  recordSkipped(
    outcome: StageKey & { readonly code?: FailureCode; readonly reason: string },
  ): Promise<void>
  stageState(trackId: string, stage: TrackStage, fingerprint: string): Promise<StageState | null>
  /** Kept up to date with every record, so asking costs the same for ten tracks and for a million. */
  stageCounts(stage: TrackStage, fingerprint: string): Promise<StageCounts>

  /** Newest first. */
  failures(query: FailureQuery): Promise<TrackFailure[]>
  /** How many tracks a stage has failed for in a way that trying again cannot help. */
  countPermanentFailures(stage: TrackStage, fingerprint: string): Promise<number>
  /** Tracks ready for a stage that has not ended in any way for them: what the reconciler enqueues. */
  pending(query: PendingQuery): Promise<Track[]>
  /** Tracks that a stage is done for. */
  done(query: DoneQuery): Promise<Track[]>
  /**
   * Drops failed states, so that the stages run again.
   *
   * @returns how many
   */
  forget(query: ForgetQuery): Promise<number>
  /** Drops a done state whose output turned out to be lost, so that the stage runs again. */
  forgetDone(key: StageKey): Promise<void>

  cursor(source: string): Promise<Cursor | null>
  saveCursor(source: string, cursor: Pick<Cursor, 'position' | 'complete'>): Promise<void>

  /**
   * Adds a model, or replaces the manifest of one it has.
   *
   * @param lease - under which it was made
   * @throws Failure `unavailable` when somebody else has taken the lease since
   */
  addModel(manifest: ModelManifest, status: 'filling', lease?: Lease): Promise<void>
  model(id: string): Promise<ModelRow | null>
  /** Newest first. */
  models(): Promise<ModelRow[]>
  liveModel(): Promise<ModelRow | null>
  /**
   * Makes a model the live one and retires the one before, at once.
   *
   * @throws RangeError when there is no such model, or it is leaving
   */
  setLiveModel(id: string): Promise<void>
  /**
   * Marks a model as leaving, from where there is no way back.
   *
   * @returns whether it is leaving now; false where it is live or not there
   */
  beginRemoval(id: string): Promise<boolean>
  /** Removes a leaving model and what is recorded of tracks embedded with it. Safe to repeat after a crash. */
  removeModel(id: string): Promise<void>

  /**
   * Takes a lease, by the clock of the database.
   *
   * @returns null while somebody else has it
   */
  takeLease(name: string, seconds: number): Promise<Lease | null>
  /** @returns whether it was still there to be renewed */
  renewLease(lease: Lease, seconds: number): Promise<boolean>
  /** Ends a lease before its time; one that is over already is fine. */
  endLease(lease: Lease): Promise<void>

  /** What time it is by the clock of the database. */
  now(): Promise<Date>

  /** The database stays open: it belongs to whoever opened it. */
  close(): Promise<void>
}
