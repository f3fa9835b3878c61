import { describeCatalog } from './conformance.ts'

describeCatalog('an embedded database', () => 'pglite:memory')
