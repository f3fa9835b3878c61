#!/usr/bin/env node
import { Command, Option } from 'commander'
import { demo } from './demo/demo.ts'
import { addEvalCommand } from './eval/command.ts'
import { addMigrateCommand } from './migrate.ts'
import { addModelsCommand } from './models/command.ts'
import { addExportCommand } from './models/export-command.ts'
import { addPictureCommand } from './picture.ts'
import { addRetryCommand } from './retry.ts'
import { addSweepCommand } from './sweep.ts'
import { addTrainCommand } from './train/command.ts'
import { addRequestTrainingCommand } from './train/request.ts'

// Whoever started this process with a channel wants it to end when they do, also when they are killed.
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))
process.channel?.unref()

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
  .option('--train', 'train a model on this music instead of taking the one in the box')
  .addOption(new Option('--port <number>', 'port of the page and API').default('8080'))
  .option('--data <folder>', 'where everything is kept; by default a folder per library')
  .option('--log-level <level>', 'trace, debug, info, warn, error, fatal or silent', 'fatal')
  .action(demo)

addEvalCommand(program)
addMigrateCommand(program)
addModelsCommand(program)
addExportCommand(program)
addPictureCommand(program)
addRetryCommand(program)
addSweepCommand(program)
addTrainCommand(program)
addRequestTrainingCommand(program)

await program.parseAsync()
