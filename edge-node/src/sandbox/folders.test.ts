import { chmodSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createSessionFolders, removeTree } from './folders.ts';
import { isMapped, slotIdentity } from './identity.ts';
import { createFixture, isRoot } from './session-fixture.ts';

const fixture = createFixture();
afterAll(() => fixture.close());

test('a run folder whose path is too long for a unix socket is refused by name', () => {
  const long = join(fixture.runDir, 'x'.repeat(80));
  expect(() => createSessionFolders(long, 0, slotIdentity(0), Math.random)).toThrow(
    /PERIGEE_RUN_DIR/,
  );
});

test.runIf(isRoot)('each folder belongs to who uses it, and only the session passes', () => {
  const { folders, identity } = fixture.createSession(1);
  const facts = (path: string): [string, number, number] => {
    const { mode, uid, gid } = statSync(path);
    return [(mode & 0o777).toString(8), uid, gid];
  };
  const { titleUid, hostUid, sharedGid } = identity;
  expect(facts(folders.root)).toEqual(['710', 0, sharedGid]);
  expect(facts(folders.input)).toEqual(['750', titleUid, sharedGid]);
  expect(facts(folders.x11)).toEqual(['750', titleUid, sharedGid]);
  expect(facts(folders.home)).toEqual(['700', titleUid, sharedGid]);
  expect(facts(folders.pulse)).toEqual(['700', hostUid, hostUid]);
  expect(facts(folders.logs)).toEqual(['700', 0, 0]);
});

test.each([
  ['0 0 4294967295', 94_001, true],
  ['         0          0     100000', 94_001, true],
  ['0 1000 1\n1 100000 65536', 94_001, false],
  ['0 1000 1', 0, true],
  ['', 0, false],
])('the uid map %j tells which uids exist', (map, uid, exists) => {
  expect(isMapped(map, uid)).toBe(exists);
});

test('two slots share no identity', () => {
  const [a, b] = [slotIdentity(0, 90_000), slotIdentity(1, 90_000)];
  const uids = [a.titleUid, a.hostUid, b.titleUid, b.hostUid];
  expect(new Set(uids).size).toBe(isRoot ? 4 : 1);
});

test('a tree with closed folders in it is removed', () => {
  const { folders } = fixture.createSession(2);
  mkdirSync(join(folders.home, 'a', 'b'), { recursive: true });
  writeFileSync(join(folders.home, 'a', 'b', 'c'), '');
  chmodSync(join(folders.home, 'a', 'b'), 0);
  chmodSync(join(folders.home, 'a'), 0);
  removeTree(folders.root);
  expect(existsSync(folders.root)).toBe(false);
  removeTree(folders.root);
});
