import { createProjectGraphAsync } from '@nx/devkit'
import nx from '@nx/eslint-plugin'
import tseslint from 'typescript-eslint'
import { constraints } from './tools/boundaries.mjs'

// The boundary rule reads the graph from Nx's cache, and checks nothing where there is none.
await createProjectGraphAsync()

const typescript = ['**/*.ts', '**/*.tsx']
const source = ['{libs,services}/*/src/**/*.ts', '{libs,services}/*/src/**/*.tsx']

export default tseslint.config(
  {
    ignores: ['**/node_modules/', '**/dist/', '.nx/', 'test-results/', 'libs/contracts/src/gen/'],
  },
  { linterOptions: { noInlineConfig: true } },
  {
    files: typescript,
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // Things made by `createX()` have no `this`; taking a method out of one is safe.
      '@typescript-eslint/unbound-method': 'off',
      // A port's method is asynchronous for all its adapters, whether or not one of them waits.
      '@typescript-eslint/require-await': 'off',
      // `Promise<FollowUp[] | void>` says "may return nothing" better than a forced `undefined` does.
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/no-meaningless-void-operator': 'off',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
    },
  },
  {
    // Signal and tensor code walks typed arrays within bounds it has computed itself.
    files: ['libs/{audio,model}/**/*.ts', '**/test/**/*.ts'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  {
    files: typescript,
    plugins: { '@nx': nx },
    rules: { '@nx/enforce-module-boundaries': ['error', { depConstraints: constraints.source }] },
  },
  {
    files: ['**/{test,bench,fuzz}/**/*.ts'],
    rules: { '@nx/enforce-module-boundaries': ['error', { depConstraints: constraints.test }] },
  },
  {
    files: source,
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: [
            { name: '@soundalike/testkit', message: 'The test kit is for tests.' },
            { name: 'process', message: 'Use the global.' },
            { name: 'node:process', message: 'Use the global.' },
          ],
          patterns: [{ group: ['@soundalike/*/*'], message: 'Import what the package exports.' }],
        },
      ],
    },
  },
  {
    files: source,
    // Every thread chooses its backend by itself, and so has to find the choice by itself.
    ignores: ['libs/runtime/**', 'libs/testkit/**', 'libs/model/src/backend.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Only libs/runtime reads the environment.' },
      ],
    },
  },
  {
    files: ['**/*.test.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector:
            'MemberExpression[object.name=/^(describe|it|test)$/][property.name=/^(only|skip|todo)$/]',
          message: 'Every test runs; the test kit skips loudly where a machine lacks something.',
        },
      ],
    },
  },
)
