import { defineConfig } from 'vite'

/** In development (`vite`), the page comes from here and the API from a gateway on its default port. */
export default defineConfig({
  build: { target: 'es2022', assetsInlineLimit: 0 },
  server: { proxy: { '/v1': 'http://127.0.0.1:8080' } },
})
