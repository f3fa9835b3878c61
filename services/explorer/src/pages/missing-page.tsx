import { Notice } from '../parts/notice.tsx'

export const MissingPage = () => (
  <main>
    <Notice title="There is no such page">
      <p>
        <a href="/">Search the library</a> instead.
      </p>
    </Notice>
  </main>
)
