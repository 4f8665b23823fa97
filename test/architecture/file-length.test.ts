import { expect, test } from 'vitest';
import { listRepositoryFiles, readRepositoryFile } from './repository.ts';

const LINES_MAX = 500;
const source = /\.(?:ts|mjs|cjs|c|h|css|html|sh)$/;

test('no source file is longer than 500 lines', () => {
  const long = listRepositoryFiles()
    .filter((file) => source.test(file))
    .map((file) => ({ file, lines: readRepositoryFile(file).split('\n').length - 1 }))
    .filter(({ lines }) => lines > LINES_MAX);
  expect(long).toEqual([]);
});
