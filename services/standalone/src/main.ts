#!/usr/bin/env node
import { Command, Option } from 'commander'
import { demo } from './demo/demo.ts'

const program = new Command('soundalike')
  .description('Finds music by how it sounds.')
  .showHelpAfterError()

program
  .command('demo', { isDefault: true })
  .description(
    'Takes a folder of music (or a manifest, or sample music) through the whole pipeline and serves the result.',
  )
  .argument('[path]', 'folder of music or .jsonl manifest; by default freely licensed sample music')
  .option('--once', 'stop after printing instead of serving the page')
  .option('--json', 'print one JSON summary on standard output, everything else on standard error')
  .addOption(new Option('--port <number>', 'port of the page and API').default('8080'))
  .option('--data <folder>', 'where everything is kept; by default a folder per library')
  .action(demo)

await program.parseAsync()
