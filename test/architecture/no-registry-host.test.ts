import { expect, test } from 'vitest';
import { listRepositoryFiles, readRepositoryFile } from './repository.ts';

// Put together here, so that this file does not name what it forbids.
const hosts = ['npmjs.org', 'npmjs.com', 'yarnpkg.com', 'npmmirror.com'].map(
  (domain) => `registry.${domain}`,
);
const text = /\.(?:ts|mjs|cjs|js|json|md|html|css|c|h|sh|yml|yaml)$|(?:^|\/)\.[^/.]+$|^\.ci\//;

test('no file names a registry, so that a mirror can stand in for it', () => {
  const naming = listRepositoryFiles()
    .filter((file) => text.test(file))
    .filter((file) => {
      const content = readRepositoryFile(file);
      return hosts.some((host) => content.includes(host));
    });
  expect(naming).toEqual([]);
});
