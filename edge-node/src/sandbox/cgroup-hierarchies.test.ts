import { describe, expect, test } from 'vitest';
import { findHierarchies, tryHierarchy } from './cgroup-hierarchies.ts';

const V1 = (controller: string, root = '/'): string =>
  `30 25 0:26 ${root} /sys/fs/cgroup/${controller} rw,relatime - cgroup cgroup rw,${controller}`;

describe('findHierarchies', () => {
  test('finds v1 controllers at the own group, and leaves out those of no use', () => {
    const mounts = [V1('memory'), V1('pids'), V1('cpuset'), V1('freezer')].join('\n');
    const found = findHierarchies(mounts, '4:memory:/box/a\n3:pids:/\n2:cpuset:/x\n');
    expect(found).toEqual([
      { version: 1, base: '/sys/fs/cgroup/memory/box/a', controllers: ['memory'] },
      { version: 1, base: '/sys/fs/cgroup/pids', controllers: ['pids'] },
    ]);
  });

  test('finds controllers that are mounted together once', () => {
    const mount = '30 25 0:26 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct';
    expect(findHierarchies(mount, '3:cpu,cpuacct:/s\n')).toEqual([
      { version: 1, base: '/sys/fs/cgroup/cpu,cpuacct/s', controllers: ['cpu'] },
    ]);
  });

  test('finds the v2 tree at the own group', () => {
    const mount = '30 25 0:26 / /nonexistent/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw';
    expect(findHierarchies(mount, '0::/system.slice/edge.service\n')).toEqual([
      { version: 2, base: '/nonexistent/cgroup/system.slice/edge.service', controllers: [] },
    ]);
  });

  test('a mount that shows a part of the hierarchy only is used from that part on', () => {
    const mounts = V1('memory', '/docker/abc');
    expect(findHierarchies(mounts, '4:memory:/docker/abc/x\n')[0]?.base).toBe(
      '/sys/fs/cgroup/memory/x',
    );
    expect(findHierarchies(mounts, '4:memory:/elsewhere\n')[0]?.base).toBe('/sys/fs/cgroup/memory');
  });

  test('nothing is found in nothing', () => {
    expect(findHierarchies('', '')).toEqual([]);
    expect(findHierarchies('garbage\n - \n', 'garbage')).toEqual([]);
  });
});

test('a hierarchy in which no group can be made is not used', () => {
  expect(tryHierarchy({ version: 1, base: '/proc/self', controllers: ['memory'] })).toBeNull();
});
