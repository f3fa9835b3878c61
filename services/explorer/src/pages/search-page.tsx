import { useLocation } from 'preact-iso'
import { useEffect, useRef, useState } from 'preact/hooks'
import { searchTracks } from '../api.ts'
import { LibraryProgress } from '../parts/library-progress.tsx'
import { ErrorNotice, Notice } from '../parts/notice.tsx'
import { TrackRow } from '../parts/track-row.tsx'
import { tracksInWords } from '../text.ts'
import { useResource } from '../use-resource.ts'

const debounceMs = 200
const pageSize = 50
/** The gateway's bound on a query. */
const maxQueryLength = 200

/** Search over the library. Query and page live in the address, so that Back returns to them. */
export const SearchPage = () => {
  const { query: parameters, route } = useLocation()
  const query = parameters['q'] ?? ''
  const offset = Number.parseInt(parameters['offset'] ?? '0', 10) || 0
  const [text, setText] = useState(query)
  /** The query that the page's address has, or is about to have, because it was typed. */
  const typed = useRef(query)
  const [found, reload] = useResource(`${query}\n${offset}`, (signal) =>
    searchTracks({ query, offset, limit: pageSize }, signal),
  )

  useEffect(() => {
    document.title = query === '' ? 'Soundalike' : `${query} – Soundalike`
    // Only a query from elsewhere (a link, Back) goes into the box: the box may be ahead of its own.
    if (query !== typed.current) setText(query)
    typed.current = query
  }, [query])

  useEffect(() => {
    if (text.trim() === query) return
    const timer = setTimeout(() => {
      typed.current = text.trim()
      route(addressOf(typed.current, 0), true)
    }, debounceMs)
    return () => clearTimeout(timer)
  }, [text])

  return (
    <main>
      <form role="search" class="search" onSubmit={(event) => event.preventDefault()}>
        <label for="search">Search the library</label>
        <input
          id="search"
          type="search"
          autocomplete="off"
          maxLength={maxQueryLength}
          placeholder="Title, artist, album or file"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </form>
      <LibraryProgress onGrowth={reload} />
      {found.state === 'failed' && <ErrorNotice error={found.error} onRetry={reload} />}
      {found.state === 'loading' && found.value === null && <p class="quiet">Looking…</p>}
      {found.state !== 'failed' && found.value !== null && (
        <section aria-busy={found.state === 'loading'} aria-label="Tracks">
          {found.value.total === 0 && query !== '' ? (
            <Notice title={`Nothing in the library matches “${query}”`}>
              <p>Every word must begin a word of the title, artist, album or file.</p>
            </Notice>
          ) : (
            <p class="quiet" role="status">
              {tracksInWords(found.value.total)}
            </p>
          )}
          <ul class="rows">
            {found.value.tracks.map((track) => (
              <TrackRow key={track.id} track={track} />
            ))}
          </ul>
          <Pages query={query} offset={offset} total={found.value.total} />
        </section>
      )}
    </main>
  )
}

const Pages = ({ query, offset, total }: { query: string; offset: number; total: number }) =>
  total <= pageSize ? null : (
    <nav class="pages" aria-label="Pages">
      {offset > 0 && <a href={addressOf(query, Math.max(0, offset - pageSize))}>Previous</a>}
      <span>
        {offset + 1}–{Math.min(total, offset + pageSize)} of {total}
      </span>
      {offset + pageSize < total && <a href={addressOf(query, offset + pageSize)}>Next</a>}
    </nav>
  )

const addressOf = (query: string, offset: number): string => {
  const parameters = new URLSearchParams()
  if (query !== '') parameters.set('q', query)
  if (offset > 0) parameters.set('offset', String(offset))
  return parameters.size === 0 ? '/' : `/?${parameters}`
}
