// The rules are about faults that a server pays for: lost promises, missed cases, functions that
// nobody can hold in the head. Layout is Prettier's business, unused exports are knip's.
import path from 'node:path';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const root = path.resolve(import.meta.dirname, '..');

/** A clock or a draw of chance inside an algorithm: its test would have to sleep or to hope. */
const impureGlobals = [
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'performance',
  'Date',
  'process',
  'crypto',
].map((name) => ({
  name,
  message: 'rtp/ and congestion/ are pure: time comes in as an argument.',
}));

export default defineConfig(
  { ignores: ['**/node_modules/**', '**/dist/**', '.perigee/**', '.puppeteerrc.cjs'] },
  {
    files: ['**/*.{ts,tsx,mjs,cjs}'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: root },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      // A written `default` is a decision; a forgotten case is not.
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'all' },
      ],
      // process.env['X'], as noPropertyAccessFromIndexSignature of the compiler wants it.
      '@typescript-eslint/dot-notation': 'off',
      'no-console': 'error',
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
      // max-params, but for functions of ours alone: a type that describes a C function has as many
      // parameters as C gave it.
      'no-restricted-syntax': [
        'error',
        {
          selector:
            ':matches(FunctionDeclaration, FunctionExpression, ArrowFunctionExpression)[params.length>4]',
          message: 'At most 4 parameters: put the rest into an options object.',
        },
      ],
    },
  },
  {
    // A suite is one function that holds many tests; each test in it is short of its own accord.
    files: ['**/*.test.ts'],
    rules: { 'max-lines-per-function': 'off' },
  },
  {
    files: ['edge-node/src/{rtp,congestion}/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-globals': ['error', ...impureGlobals],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Chance comes in as an argument.' },
      ],
    },
  },
  {
    // The environment is read where a process is wired (main.ts, start.ts, the composition root),
    // parsed in config.ts, and passed on as a typed object.
    files: ['{signaling,server,edge-node}/**/src/**/*.ts'],
    ignores: ['**/*.test.ts', '**/{main,start}.ts', 'server/cli/**'],
    rules: {
      'no-restricted-properties': [
        'error',
        {
          object: 'process',
          property: 'env',
          message: 'Only main.ts and start.ts read the environment.',
        },
        { object: 'Math', property: 'random', message: 'Chance comes in as an argument.' },
      ],
    },
  },
);
