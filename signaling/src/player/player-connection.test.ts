import { describe, expect, it } from 'vitest';
import {
  CLOSE_CODES,
  encodeMessage,
  PROTOCOL_VERSION_RANGE,
  type PeerId,
  type PlayerToSignaling,
  type SessionId,
} from '@perigee/protocol';
import { createHarness } from '../test-harness.ts';

const sessionId = 'some-session' as SessionId;
const peerId = 'peer-1' as PeerId;

describe('a player connection', () => {
  it('closes who does not say hello', () => {
    const h = createHarness({ helloTimeoutMs: 10_000 });
    const player = h.player();
    h.clock.advance(10_000);
    expect(player.closeCode).toBe(CLOSE_CODES.helloTimeout);
    expect(h.clock.pendingTimers()).toBe(2); // metrics and facts
  });

  it.each([
    { type: 'answer', sessionId, peerId, sdp: '' },
    { type: 'candidate', sessionId, peerId, candidate: '', sdpMid: null, sdpMLineIndex: null },
    { type: 'leave', sessionId },
    { type: 'probeResults', round: 1, results: [] },
  ] satisfies PlayerToSignaling[])('refuses $type before hello', (message) => {
    const h = createHarness();
    const player = h.player();
    player.say(message);
    expect(player.last('error').code).toBe('out-of-order');
    expect(player.closeCode).toBe(CLOSE_CODES.badMessage);
  });

  it('refuses a second hello', async () => {
    const h = createHarness();
    await h.edge();
    const player = h.player();
    await player.hello();
    await player.hello();
    expect(player.last('error').code).toBe('out-of-order');
    expect(h.service.sizes().sessions).toBe(0);
  });

  it('refuses an answer without an offer, and a second answer', async () => {
    const h = createHarness();
    const edge = await h.edge({ slots: 2 });
    const early = h.player();
    await early.hello();
    early.say({ type: 'answer', sessionId: early.last('welcome').sessionId, peerId, sdp: '' });
    expect(early.closeCode).toBe(CLOSE_CODES.badMessage);
    edge.reserve();
    const { player, sessionId: own } = await h.liveSession(edge);
    player.say({ type: 'answer', sessionId: own, peerId, sdp: 'again' });
    expect(player.last('error').code).toBe('out-of-order');
    // The session itself stays: the page may come back.
    expect(h.service.sizes().sessions).toBe(1);
  });

  it('refuses versions that we do not speak and browsers that decode nothing', async () => {
    const h = createHarness();
    const player = h.player();
    const version = PROTOCOL_VERSION_RANGE.max + 1;
    const capabilities = {
      codecs: ['h264' as const],
      screen: { widthPx: 1, heightPx: 1, pixelRatio: 1, refreshHz: 60 },
      touchPoints: 0,
      pads: 0,
      network: '',
    };
    player.say({
      type: 'hello',
      versions: { min: version, max: version },
      titleId: 'flash' as never,
      capabilities,
    });
    expect(player.last('error').code).toBe('unsupported-version');
    expect(player.closeCode).toBe(CLOSE_CODES.unsupportedVersion);
    const blind = h.player();
    await blind.hello({ codecs: [] });
    expect(blind.last('error').code).toBe('unsupported-browser');
  });

  it('answers malformed bytes with bad-message and counts them by reason', () => {
    const h = createHarness();
    for (const bytes of [
      null,
      new Uint8Array(0),
      Uint8Array.of(0xc1),
      new Uint8Array(70_000),
      encodeMessage({ type: 'leave', sessionId }).subarray(0, 9),
    ]) {
      const player = h.player();
      player.sayBytes(bytes);
      expect(player.last('error').code).toBe('bad-message');
      expect(player.closeCode).toBe(CLOSE_CODES.badMessage);
      // What comes after the end is not even counted.
      player.sayBytes(bytes);
    }
    expect(h.service.counters.total('perigee_signaling_malformed_messages_total')).toBe(5);
    expect(
      h.service.counters.get('perigee_signaling_malformed_messages_total', {
        from: 'player',
        reason: 'too-large',
      }),
    ).toBe(1);
  });

  it('cuts a flood off after its burst', async () => {
    const h = createHarness({ playerMessagesPerSecond: 10 });
    await h.edge();
    const player = h.player();
    await player.hello();
    for (let n = 0; n < 100; n += 1) player.say({ type: 'probeResults', round: 1, results: [] });
    expect(player.last('error').code).toBe('rate-limited');
    expect(player.closeCode).toBe(CLOSE_CODES.rateLimited);
    expect(
      h.service.counters.get('perigee_signaling_refused_messages_total', {
        from: 'player',
        reason: 'stale',
      }),
    ).toBe(39);
  });
});
