import type { Track } from './api.ts'

/** Title, or the file's name where the tags give none. */
export const titleOf = (track: Track): string =>
  track.title || track.file.split('/').at(-1) || 'Untitled'

/** "Artist · Album", leaving out what is not known. */
export const bylineOf = (track: Track): string =>
  [track.artist, track.album].filter((part) => part !== '').join(' · ') || 'Unknown artist'

/** 83.4 → "1:23". */
export const clock = (seconds: number): string => {
  const whole = Math.max(0, Math.round(seconds))
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}

/** "1 track", "2 tracks", "1,200 tracks". */
export const tracksInWords = (count: number): string =>
  `${count.toLocaleString('en-GB')} ${count === 1 ? 'track' : 'tracks'}`
