/**
 * Lints texts as if each stood in a file of the house: `[{ file, text }]` on standard input, for each
 * the rules it breaks on standard output. A program of its own, because ESLint loads its configuration
 * in a way Jest's module loader does not allow. Rules that need types are left out.
 */
import { text as readAll } from 'node:stream/consumers'
import { ESLint } from 'eslint'

const eslint = new ESLint({
  ruleFilter: ({ ruleId }) => ruleId.startsWith('@nx/') || ruleId.startsWith('no-restricted-'),
  overrideConfig: { languageOptions: { parserOptions: { projectService: false } } },
})

const broken = []
for (const { file, text } of JSON.parse(await readAll(process.stdin))) {
  const results = await eslint.lintText(text, { filePath: file })
  broken.push(
    results.flatMap(({ messages }) => messages.map(({ ruleId, message }) => ruleId ?? message)),
  )
}
process.stdout.write(JSON.stringify(broken))
