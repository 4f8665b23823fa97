import { expect, it } from 'vitest';
import { edgeToPlayerControlSchema } from '@perigee/protocol';
import * as v from 'valibot';
import { SessionStats } from './stats.ts';

const NOW = {
  connection: { rttMs: 12, lossRatio: 0.1, sentBytes: 0 },
  targetBitrateBps: 6e6,
  malformedPackets: 3,
};

it('tells rates of the interval and medians of its frames', () => {
  const stats = new SessionStats(0);
  for (const [i, ms] of [5, 1, 9].entries())
    stats.onFrameSent({ captureUs: i * 1000, sentUs: i * 1000 + ms * 1000 });
  const { forAgent, forPlayer } = stats.take(500, {
    ...NOW,
    connection: { ...NOW.connection, sentBytes: 1000 },
  });
  expect(forAgent).toEqual({
    type: 'stats',
    rttMs: 12,
    framesPerSecond: 6,
    bitrateBps: 16_000,
    malformedPackets: 3,
  });
  expect(forPlayer).toMatchObject({ captureToSendP50Ms: 5, lossRatio: 0.1, targetBitrateBps: 6e6 });
});

it('begins each interval and each peer afresh', () => {
  const stats = new SessionStats(0);
  stats.take(1000, { ...NOW, connection: { ...NOW.connection, sentBytes: 5000 } });
  expect(
    stats.take(2000, { ...NOW, connection: { ...NOW.connection, sentBytes: 6000 } }).forAgent,
  ).toMatchObject({ bitrateBps: 8000, framesPerSecond: 0 });
  stats.onNewPeer();
  expect(
    stats.take(3000, { ...NOW, connection: { ...NOW.connection, sentBytes: 500 } }).forAgent
      .bitrateBps,
  ).toBe(4000);
});

it('tells only what the wire takes, whatever it was given', () => {
  const stats = new SessionStats(0);
  stats.onSourceStats({
    capturedFrames: 1,
    encodedFrames: 1,
    coalescedDamage: 0,
    encodeP50Ms: Number.NaN,
    captureP50Ms: 0,
  });
  stats.onFrameSent({ captureUs: 5000, sentUs: 0 });
  const { forPlayer, forAgent } = stats.take(0, {
    ...NOW,
    connection: { rttMs: undefined, lossRatio: 7, sentBytes: -1 },
  });
  expect(v.is(edgeToPlayerControlSchema, forPlayer)).toBe(true);
  expect(forAgent).toMatchObject({ rttMs: null, bitrateBps: 0 });
});
