import path from 'node:path';
import { defineConfig } from 'vitest/config';

const root = path.resolve(import.meta.dirname, '..');
const everywhere = ['**/node_modules/**', '**/dist/**', '.perigee/**'];
const slow = '**/*.slow.test.ts';

/** Real processes, displays and browsers: one file at a time, and time enough on two cores. */
const oneAtATime = {
  root,
  fileParallelism: false,
  maxWorkers: 1,
  testTimeout: 60_000,
  hookTimeout: 60_000,
} as const;

export default defineConfig({
  test: {
    root,
    projects: [
      {
        test: {
          name: 'unit',
          root,
          include: ['**/*.test.ts'],
          exclude: [...everywhere, slow, 'test/integration/**', 'test/e2e/**'],
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...oneAtATime,
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          exclude: [...everywhere, slow],
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...oneAtATime,
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          exclude: [...everywhere, slow],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          ...oneAtATime,
          name: 'slow',
          include: [slow],
          exclude: everywhere,
          testTimeout: 1_800_000,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
