import { describe, expect, it } from 'vitest';
import type { Clock, Logger } from '@perigee/kit';
import type { EdgeToSignaling, LeaseId, PeerId, SessionId, TitleId } from '@perigee/protocol';
import type { AgentToHost, DisplayAccess, HostToAgent } from '../session/ipc.ts';
import type { Title } from '../titles/title.ts';
import { EdgeAgent } from './edge-agent.ts';
import type { SlotParts } from './slot-parts.ts';

const silent = { debug() {}, info() {}, warn() {}, error() {} } as unknown as Logger;
const capabilities = {
  codecs: ['h264' as const],
  screen: { widthPx: 360, heightPx: 640, pixelRatio: 2, refreshHz: 60 },
  touchPoints: 5,
  pads: 0,
  network: 'unknown',
};
const display: DisplayAccess = {
  kind: 'xvfb',
  socketPath: '/nowhere/X0',
  cookieHex: '00',
  inputSockets: null,
  resolution: { width: 1280, height: 720 },
};
const title = {
  folder: '/nowhere',
  manifest: {
    id: 'flash',
    name: 'Flash',
    version: '1.0.0',
    command: './flash',
    resolution: { width: 1280, height: 720 },
    fps: 60,
    input: ['keyboard'],
  },
} as unknown as Title;

type FakeSlot = {
  readonly log: string[];
  readonly toHost: AgentToHost[];
  say(message: HostToAgent): void;
  breakPart(name: 'display' | 'host'): void;
  endTitle(code: 'title-exited' | 'title-failed'): void;
};

function world(options: { slots: number; isReadyAtOnce?: boolean }) {
  const sent: EdgeToSignaling[] = [];
  const slots: FakeSlot[] = [];
  let nowMs = 0;
  const clock: Clock = { nowMs: () => nowMs };
  const makeParts = (): SlotParts => {
    const log: string[] = [];
    const toHost: AgentToHost[] = [];
    let say: (m: HostToAgent) => void = () => undefined;
    const ends = new Map<string, () => void>();
    let endTitle: (code: 'title-exited' | 'title-failed') => void = () => undefined;
    const part = (name: string) => ({
      exited: new Promise<void>((resolve) => {
        ends.set(name, resolve);
      }),
      close: () => {
        log.push(`close ${name}`);
        return Promise.resolve();
      },
    });
    slots.push({
      log,
      toHost,
      say: (m) => {
        say(m);
      },
      breakPart: (name) => ends.get(name)?.(),
      endTitle: (code) => {
        endTitle(code);
      },
    });
    return {
      open: () => Promise.resolve(void log.push('open')),
      startDisplay: () => {
        log.push('start display');
        return Promise.resolve({ ...part('display'), access: display });
      },
      startSound: () => {
        log.push('start sound');
        return Promise.resolve({ ...part('sound'), socketPath: '/nowhere/native' });
      },
      startHost: ({ onMessage }) => {
        log.push('start host');
        say = onMessage;
        const ready: HostToAgent = { type: 'ready', encoder: 'h264:libx264', rejected: [] };
        if (options.isReadyAtOnce !== false)
          queueMicrotask(() => {
            onMessage(ready);
          });
        return Promise.resolve({ ...part('host'), send: (m: AgentToHost) => void toHost.push(m) });
      },
      startTitle: () => {
        log.push('start title');
        const exited = new Promise<{ code: 'title-exited' | 'title-failed' }>((resolve) => {
          endTitle = (code) => {
            resolve({ code });
          };
        });
        return Promise.resolve({ ...part('title'), exited, logTail: () => ['last words'] });
      },
      remove: () => Promise.resolve(void log.push('remove')),
    };
  };
  const agent = new EdgeAgent({
    slots: options.slots,
    titles: new Map([['flash', title]]),
    keepWarm: true,
    makeParts,
    send: (message) => {
      sent.push(message);
      return true;
    },
    timeouts: { prepareMs: 1000, firstDrawMs: 60_000, abandonedMs: 180_000, rewarmMs: 60_000 },
    logger: silent,
    clock,
  });
  const reserve = (n: number, titleId = 'flash'): void => {
    agent.onMessage({
      type: 'reserve',
      leaseId: `l${String(n)}` as LeaseId,
      sessionId: `s${String(n)}` as SessionId,
      kind: 'game',
      titleId: titleId as TitleId,
      capabilities,
      ttlMs: 15_000,
    });
  };
  const until = async (isTrue: () => boolean): Promise<void> => {
    for (let turn = 0; turn < 200 && !isTrue(); turn++) await Promise.resolve();
    expect(isTrue()).toBe(true);
  };
  return { agent, sent, slots, reserve, until, advance: (ms: number) => (nowMs += ms) };
}

describe('the agent', () => {
  it('starts the parts in order and closes them in the reverse order', async () => {
    const { agent, slots, reserve, until, sent } = world({ slots: 1 });
    expect(await agent.start()).toBe(true);
    reserve(1);
    const slot = slots[0];
    if (slot === undefined) throw new Error('no slot');
    slot.say({ type: 'taken', resolution: { width: 1280, height: 720 } });
    await until(() => slot.log.includes('start title'));
    slot.endTitle('title-exited');
    await until(() => sent.some((m) => m.type === 'edgeSessionEnded'));
    expect(slot.log).toEqual([
      'open',
      'start display',
      'start sound',
      'start host',
      'start title',
      'close title',
      'close host',
      'close sound',
      'close display',
      'remove',
    ]);
    expect(sent.at(-1)).toEqual({
      type: 'edgeSessionEnded',
      sessionId: 's1',
      code: 'title-exited',
      logTail: ['last words'],
    });
    await agent.close();
  });

  it('answers reserve with a warm slot, then refuses when every slot is leased', async () => {
    const { agent, reserve, sent } = world({ slots: 1 });
    await agent.start();
    reserve(1);
    reserve(2);
    expect(sent).toMatchObject([
      { type: 'reserved', sessionId: 's1', warm: true },
      { type: 'refused', leaseId: 'l2', code: 'no-capacity' },
    ]);
    await agent.close();
  });

  it('leases a slot that is still being prepared and begins when it is ready', async () => {
    const { agent, reserve, sent, slots, until } = world({ slots: 1, isReadyAtOnce: false });
    reserve(1);
    expect(sent).toMatchObject([{ type: 'reserved', warm: false }]);
    await until(() => slots[0]?.log.includes('start host') === true);
    slots[0]?.say({ type: 'ready', encoder: 'h264:libx264', rejected: [] });
    await until(() => slots[0]?.toHost.some((m) => m.type === 'createPeer') === true);
    expect(slots[0]?.toHost.map((m) => m.type)).toEqual(['take', 'createPeer']);
    await agent.close();
  });

  it('refuses a title it does not have and a session id that is taken', async () => {
    const { agent, reserve, sent } = world({ slots: 2 });
    await agent.start();
    reserve(1, 'no-such-title');
    reserve(2);
    reserve(2);
    expect(sent).toMatchObject([
      { type: 'refused', code: 'unknown-title' },
      { type: 'reserved', sessionId: 's2' },
      { type: 'refused', code: 'out-of-order' },
    ]);
    await agent.close();
  });

  it('ends one session alone when its host dies, with its code', async () => {
    const { agent, reserve, sent, slots, until } = world({ slots: 2 });
    await agent.start();
    reserve(1);
    reserve(2);
    slots[0]?.breakPart('host');
    await until(() => sent.some((m) => m.type === 'edgeSessionEnded'));
    expect(sent.filter((m) => m.type === 'edgeSessionEnded')).toMatchObject([
      { sessionId: 's1', code: 'session-crashed' },
    ]);
    expect(agent.heartbeat().sessions.map((s) => s.sessionId)).toEqual(['s2']);
    await agent.close();
  });

  it('passes only messages of the newest peer', async () => {
    const { agent, reserve, sent, slots } = world({ slots: 1 });
    await agent.start();
    reserve(1);
    const first = slots[0]?.toHost.find((m) => m.type === 'createPeer')?.peerId as PeerId;
    agent.onMessage({ type: 'attachPeer', sessionId: 's1' as SessionId, capabilities });
    const second = slots[0]?.toHost.findLast((m) => m.type === 'createPeer')?.peerId as PeerId;
    slots[0]?.say({ type: 'offer', peerId: first, sdp: 'old' });
    slots[0]?.say({ type: 'offer', peerId: second, sdp: 'new' });
    slots[0]?.say({ type: 'peerState', peerId: first, state: 'closed' });
    slots[0]?.say({ type: 'peerState', peerId: second, state: 'connected' });
    expect(sent.slice(1)).toEqual([
      { type: 'edgeOffer', sessionId: 's1', peerId: second, sdp: 'new' },
      { type: 'edgeSessionState', sessionId: 's1', state: 'live' },
    ]);
    await agent.close();
  });

  it('ends a session that nobody has been connected to for too long', async () => {
    const { agent, reserve, sent, advance, until } = world({ slots: 1 });
    await agent.start();
    reserve(1);
    advance(180_001);
    agent.heartbeat();
    await until(() => sent.some((m) => m.type === 'edgeSessionEnded'));
    expect(sent.at(-1)).toMatchObject({ code: 'player-timeout' });
    await agent.close();
  });

  it('answers attachPeer for an unknown session with its end', () => {
    const { agent, sent } = world({ slots: 1 });
    agent.onMessage({ type: 'attachPeer', sessionId: 'gone' as SessionId, capabilities });
    expect(sent).toMatchObject([{ type: 'edgeSessionEnded', code: 'resume-expired' }]);
  });
});
