import { expect, it } from 'vitest';
import { silentLogger } from './agent-fixture.ts';
import type { DisplayPart, SlotParts } from './slot-parts.ts';
import { SlotSession } from './slot-session.ts';

const never = new Promise<void>(() => undefined);

it('closes a part that was still coming up before the folders go', async () => {
  const log: string[] = [];
  let displayIsUp: (part: DisplayPart) => void = () => undefined;
  const parts: SlotParts = {
    open: () => Promise.resolve(),
    startDisplay: () =>
      new Promise((resolve) => {
        displayIsUp = resolve;
      }),
    startSound: () => Promise.resolve(null),
    startHost: () => Promise.reject(new Error('must not be started')),
    startTitle: () => Promise.reject(new Error('must not be started')),
    remove: () => Promise.resolve(void log.push('remove')),
  };
  const session = new SlotSession({
    slot: 0,
    parts,
    events: {
      onOffer: () => undefined,
      onCandidate: () => undefined,
      onPeerState: () => undefined,
      onStats: () => undefined,
      onReady: () => undefined,
      onClosed: ({ code }) => void log.push(`closed ${code}`),
    },
    timeouts: { prepareMs: 60_000, firstDrawMs: 60_000 },
    logger: silentLogger,
  });
  const prepared = session.prepare();
  await Promise.resolve(); // open() has answered, the display is on its way
  const closed = session.close('edge-draining');
  displayIsUp({
    exited: never,
    access: {
      kind: 'xvfb',
      socketPath: '/nowhere',
      cookieHex: '',
      inputSockets: null,
      resolution: { width: 1280, height: 720 },
    },
    close: () => Promise.resolve(void log.push('close display')),
  });
  await closed;
  expect(await prepared).toBe(false);
  expect(log).toEqual(['close display', 'remove', 'closed edge-draining']);
});
