export { similarTracks, type SimilarQuery } from './similar-tracks.ts'
