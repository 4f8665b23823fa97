import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { areDependenciesInstalled, isSameTree } from './npm-dependencies.mjs';

type Packages = Record<string, Record<string, unknown>>;

const root: Packages = { '': { name: 'perigee' } };
const wanted: Packages = {
  ...root,
  'server/kit': { name: '@perigee/kit', version: '0.1.0' },
  'node_modules/@perigee/kit': { resolved: 'server/kit', link: true },
  'node_modules/pino': { version: '10.4.0', integrity: 'sha512-a' },
  'node_modules/other-cpu': { version: '1.0.0', integrity: 'sha512-b', optional: true },
};
const { 'node_modules/other-cpu': _absent, '': _root, ...installed } = wanted;

const lock = (packages: Packages): string => JSON.stringify({ lockfileVersion: 3, packages });

test('a tree that lacks only an optional package is complete', () => {
  expect(isSameTree(lock(wanted), lock(installed))).toBe(true);
});

test.each<[string, Packages]>([
  ['lacks a package', { 'server/kit': { version: '0.1.0' } }],
  [
    'has another version',
    { ...installed, 'node_modules/pino': { version: '10.3.0', integrity: 'sha512-a' } },
  ],
  [
    'has other contents',
    { ...installed, 'node_modules/pino': { version: '10.4.0', integrity: 'sha512-c' } },
  ],
  ['has a package too many', { ...installed, 'node_modules/left': { version: '1.0.0' } }],
])('a tree that %s is not complete', (_what, packages) => {
  expect(isSameTree(lock(wanted), lock(packages))).toBe(false);
});

test.each(['', '{', 'null', '{}', '[]'])('a record that reads %j is not complete', (text) => {
  expect(isSameTree(lock(wanted), text)).toBe(false);
});

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'perigee-npm-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function write(name: string, content: string): void {
  mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
  writeFileSync(path.join(folder, name), content);
}
const stamp = (): string =>
  readFileSync(path.join(folder, 'node_modules/.perigee/package-lock.sha256'), 'utf8');

test('a fresh clone is not installed', () => {
  write('package-lock.json', lock(wanted));
  expect(areDependenciesInstalled(folder)).toBe(false);
});

test('an install that was cut off, which has no record of its tree, is not installed', () => {
  write('package-lock.json', lock(wanted));
  mkdirSync(path.join(folder, 'node_modules/pino'), { recursive: true });
  expect(areDependenciesInstalled(folder)).toBe(false);
});

test('a plain npm ci is accepted and stamped, and a new lock file makes it old', () => {
  write('package-lock.json', lock(wanted));
  write('node_modules/.package-lock.json', lock(installed));
  expect(areDependenciesInstalled(folder)).toBe(true);
  expect(stamp()).toMatch(/^[0-9a-f]{64}$/);
  write(
    'package-lock.json',
    lock({ ...wanted, 'node_modules/new': { version: '1.0.0', integrity: 'sha512-d' } }),
  );
  expect(areDependenciesInstalled(folder)).toBe(false);
});

test('the stamp of this lock file is enough, whatever the record says', () => {
  write('package-lock.json', lock(wanted));
  write('node_modules/.package-lock.json', lock(installed));
  areDependenciesInstalled(folder);
  write('node_modules/.package-lock.json', lock({}));
  expect(areDependenciesInstalled(folder)).toBe(true);
});
