import { expect, test } from 'vitest';
import { debianNeeds, missingNeeds } from './debian-needs.mjs';

test('on a bare machine every package is missing, in the order of the table', () => {
  expect(missingNeeds(debianNeeds, () => false)).toEqual(debianNeeds);
});

test('on a complete machine nothing is missing', () => {
  expect(missingNeeds(debianNeeds, () => true)).toEqual([]);
});

test.each([
  { name: 'xvfb', brings: '/usr/bin/Xvfb' },
  { name: 'crispy-doom', brings: '/usr/games/crispy-doom' },
  { name: 'xserver-xorg-video-dummy', brings: '/usr/lib/xorg/modules/drivers/dummy_drv.so' },
  { name: 'libyuv0', brings: '/usr/lib/libyuv.so.0' },
])('what $name brings is proof that it is there', ({ name, brings }) => {
  const missing = missingNeeds(debianNeeds, (file) => file === brings);
  expect(missing.map((need) => need.name)).not.toContain(name);
  expect(missing).toHaveLength(debianNeeds.length - 1);
});

test('only the browser is asked for by tests alone', () => {
  const forTests = debianNeeds.filter((need) => need.group === 'test');
  expect(forTests.map((need) => need.name)).toEqual(['chromium']);
});

test('each package stands in the table once, with a reason', () => {
  const names = debianNeeds.map((need) => need.name);
  expect(new Set(names).size).toBe(names.length);
  expect(debianNeeds.filter((need) => need.why === '')).toEqual([]);
});
