import { mkdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ConfigError } from '@perigee/kit';
import { toFolderProblem } from './folder-problem.ts';

function systemError(path: string): unknown {
  try {
    mkdirSync(path);
  } catch (error) {
    return error;
  }
  throw new Error('the folder was made');
}

const folders = [
  { key: 'PERIGEE_DATA_DIR', folder: '/dev/null/data' },
  { key: 'PERIGEE_RUN_DIR', folder: '/dev/null' },
];

it.each([
  ['/dev/null/data', 'PERIGEE_DATA_DIR'],
  ['/dev/null/data/edge', 'PERIGEE_DATA_DIR'],
  ['/dev/null/database', 'PERIGEE_RUN_DIR'],
  ['/dev/zero/elsewhere', '/dev/zero/elsewhere'],
])('says of %s that %s is wrong', (path, where) => {
  const problem = toFolderProblem(systemError(path), folders);
  expect(problem).toBeInstanceOf(ConfigError);
  expect((problem as ConfigError).problems).toMatchObject([{ where }]);
});

it.each([new Error('a fault of ours'), 'text', undefined])(
  'leaves every other error as it is',
  (error) => {
    expect(toFolderProblem(error, folders)).toBe(error);
  },
);
