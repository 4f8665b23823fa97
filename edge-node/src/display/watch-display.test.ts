import { afterAll, expect, it } from 'vitest';
import { systemClock } from '@perigee/kit';
import { createFixture, silentLog } from '../sandbox/session-fixture.ts';
import { descendants } from '../sandbox/proc.ts';
import { startDisplay } from './start-display.ts';
import { watchDisplay } from './watch-display.ts';

const fixture = createFixture();
afterAll(() => fixture.close());
const limits = { askEveryMs: 20, answerWithinMs: 300 };

it('tells of a server that hangs, and of one that is gone', async () => {
  const session = fixture.createSession(0);
  const display = await startDisplay({
    ...session,
    resolution: { width: 640, height: 480 },
    log: silentLog,
  });
  const watch = watchDisplay(display.access, systemClock, limits);
  const family = [display.pid, ...descendants(display.pid).map(({ pid }) => pid)];
  for (const pid of family) process.kill(pid, 'SIGSTOP');
  await expect(watch.lost).resolves.toBeUndefined();
  for (const pid of family) process.kill(pid, 'SIGCONT');
  const second = watchDisplay(display.access, systemClock, limits);
  await display.close();
  await expect(second.lost).resolves.toBeUndefined();
});
