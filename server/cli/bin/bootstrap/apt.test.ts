import { expect, test } from 'vitest';
import { describeManualInstall } from './apt.mjs';
import { debianNeeds } from './debian-needs.mjs';

test('who may not install is given one exact command, and the reason of each package', () => {
  const missing = debianNeeds.filter((need) => ['xvfb', 'gcc', 'libc6-dev'].includes(need.name));
  const lines = describeManualInstall(missing).split('\n');
  expect(lines.at(-1)?.trim()).toBe(
    'sudo apt-get update && sudo apt-get install -y --no-install-recommends xvfb gcc libc6-dev',
  );
  expect(lines).toContain('  xvfb (display: the X server to fall back on)');
  expect(lines).toContain('  gcc libc6-dev (compiler: builds the latency probe)');
});
