import { parseArgs, type ParseArgsConfig } from 'node:util'

const helpOption = { help: { type: 'boolean', short: 'h' } } as const

/**
 * Options of a script for those who work on the project. `--help` prints how it is used and ends the process with 0;
 * what cannot be understood is named and ends it with 2.
 *
 * @param config - as for `parseArgs`, without `help`
 * @param read - makes of the words what the script works with; throws an `Error` that says what is wrong with them
 */
export const scriptOptions = <const Config extends ParseArgsConfig, Result>(
  usage: string,
  config: Config,
  read: (parsed: ReturnType<typeof parseArgs<Config>>) => Result,
): Result => {
  try {
    const parsed = parseArgs({ ...config, options: { ...config.options, ...helpOption } })
    if ('help' in parsed.values) {
      process.stdout.write(`${usage}\n`)
      process.exit(0)
    }
    return read(parsed as ReturnType<typeof parseArgs<Config>>)
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${usage}\n`)
    process.exit(2)
  }
}

/**
 * The whole number that an option gives.
 *
 * @throws Error naming the option
 */
export const wholeNumber = (option: string, text: string, least: number): number => {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (Number.isSafeInteger(value) && value >= least) return value
  throw new Error(`${option} takes a whole number from ${String(least)}, not ${text}`)
}

/**
 * The one of several words that an option gives.
 *
 * @throws Error naming the option and the words it takes
 */
export const oneOf = <Word extends string>(
  option: string,
  text: string,
  words: readonly Word[],
): Word => {
  const word = words.find((each) => each === text)
  if (word !== undefined) return word
  throw new Error(`${option} takes ${words.join(' or ')}, not ${text}`)
}
