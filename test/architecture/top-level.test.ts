import { expect, test } from 'vitest';
import { listRepositoryFiles } from './repository.ts';

const allowed = new Set([
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'README.md',
  'LICENSE',
  'server',
  'edge-node',
  'web-client',
  'signaling',
  'benchmarks',
  'test',
]);

test('the top level holds only the names of the design and dot-files', () => {
  const names = new Set(listRepositoryFiles().map((file) => file.split('/')[0] ?? ''));
  const others = [...names].filter((name) => !name.startsWith('.') && !allowed.has(name));
  expect(others).toEqual([]);
});
