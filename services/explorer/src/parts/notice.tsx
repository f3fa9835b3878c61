import type { ComponentChildren } from 'preact'
import type { ApiError } from '../api.ts'

/** Something the page has to say in place of content. */
export const Notice = ({ title, children }: { title: string; children?: ComponentChildren }) => (
  <section class="notice" role="status">
    <h2>{title}</h2>
    {children}
  </section>
)

export const ErrorNotice = ({ error, onRetry }: { error: ApiError; onRetry(): void }) => (
  <section class="notice notice-error" role="alert">
    <h2>{error.message}</h2>
    <p>{error.remedy}</p>
    <button type="button" class="plain" onClick={onRetry}>
      Try again
    </button>
  </section>
)
