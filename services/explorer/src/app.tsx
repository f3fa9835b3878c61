import { LocationProvider, Route, Router } from 'preact-iso'
import { MissingPage } from './pages/missing-page.tsx'
import { SearchPage } from './pages/search-page.tsx'
import { TrackPage } from './pages/track-page.tsx'
import { PlayerProvider } from './player.tsx'

/** Frame of every page. A new page is one file in `pages/` and one route here. */
export const App = () => (
  <LocationProvider>
    <PlayerProvider>
      <header class="top">
        <a href="/" class="brand">
          Soundalike
        </a>
        <span class="quiet">music by how it sounds</span>
      </header>
      <Router>
        <Route path="/" component={SearchPage} />
        <Route path="/tracks/:id" component={TrackPage} />
        <Route default component={MissingPage} />
      </Router>
    </PlayerProvider>
  </LocationProvider>
)
