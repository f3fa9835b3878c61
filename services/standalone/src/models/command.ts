import { Failure } from '@soundalike/contracts'
import { coverageOf } from '@soundalike/pipeline'
import type { Command } from 'commander'
import { withStores } from '../with-stores.ts'

/** Adds `soundalike models` and `soundalike models use`. */
export const addModelsCommand = (program: Command): void => {
  const command = program
    .command('models')
    .description('The models of the installation that the environment names.')
  command
    .command('list', { isDefault: true })
    .description(
      'Prints each model’s id, status, vectors, how much of the library they cover, and its age, newest first.',
    )
    .action(() =>
      withStores(async ({ catalog, vectors }) => {
        for (const { manifest, status, addedAt } of await catalog.models()) {
          const { vectors: count, share } = await coverageOf(catalog, vectors, manifest)
          const covered = `${(share * 100).toFixed(1)} %`
          const columns = [manifest.id, status, String(count), covered, addedAt.toISOString()]
          process.stdout.write(`${columns.join('\t')}\n`)
        }
      }),
    )
  command
    .command('use')
    .description(
      'Puts a model in place of the live one, e.g. to go back to the one before; what that one has no vectors of is ' +
        'embedded then.',
    )
    .argument('<id>')
    .action((id: string) =>
      withStores(async ({ catalog, vectors }) => {
        if ((await catalog.model(id)) === null)
          throw new Failure('bad-model', `the catalog has no model ${id}`)
        // In this order: the reconciler has the vectors follow the catalog.
        await catalog.setLiveModel(id)
        await vectors.setLive(id)
        process.stdout.write(`${id} is live\n`)
      }),
    )
}
