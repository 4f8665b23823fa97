// For tests: an agent whose slots are made of nothing, with a clock that stands still until told.
import type { Logger } from '@perigee/kit';
import { createFakeClock } from '@perigee/kit/testing';
import type {
  EdgeToSignaling,
  LeaseId,
  SessionId,
  SignalingToEdge,
  TitleId,
} from '@perigee/protocol';
import type { AgentToHost, DisplayAccess, HostToAgent } from '../session/ipc.ts';
import type { Title } from '../titles/title.ts';
import { EdgeAgent } from './edge-agent.ts';
import type { SlotParts } from './slot-parts.ts';

export const silentLogger = { debug() {}, info() {}, warn() {}, error() {} } as unknown as Logger;
export const capabilities = {
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

export type FakeSlot = {
  readonly log: string[];
  readonly toHost: AgentToHost[];
  say(message: HostToAgent): void;
  breakPart(name: 'display' | 'host'): void;
  endTitle(code: 'title-exited' | 'title-failed'): void;
};

function fakeSlot(isReadyAtOnce: boolean): { slot: FakeSlot; parts: SlotParts } {
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
  const slot: FakeSlot = {
    log,
    toHost,
    say: (m) => {
      say(m);
    },
    breakPart: (name) => ends.get(name)?.(),
    endTitle: (code) => {
      endTitle(code);
    },
  };
  const parts: SlotParts = {
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
      const ready: HostToAgent = {
        type: 'ready',
        encoder: 'h264:libx264',
        rejected: [],
        otherCodecs: ['vp8:libvpx'],
      };
      if (isReadyAtOnce)
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
  return { slot, parts };
}

/** `log` of a slot tells what was started and closed, `say` speaks as its session host. */
export function world(options: { slots: number; isReadyAtOnce?: boolean }) {
  const sent: EdgeToSignaling[] = [];
  const slots: FakeSlot[] = [];
  const clock = createFakeClock(0);
  const makeParts = (): SlotParts => {
    const { slot, parts } = fakeSlot(options.isReadyAtOnce !== false);
    slots.push(slot);
    return parts;
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
    logger: silentLogger,
    clock,
  });
  const reserve = (n: number, titleId = 'flash'): void => {
    agent.onMessage(reservation(n, titleId));
  };
  const until = async (isTrue: () => boolean): Promise<void> => {
    for (let turn = 0; turn < 500; turn++) {
      if (isTrue()) return;
      await Promise.resolve();
    }
    throw new Error('it never came');
  };
  return { agent, sent, slots, reserve, until, clock };
}

/** `reserve` for session `s<n>`, with a lease of 15 s. */
export function reservation(
  n: number,
  titleId = 'flash',
): Extract<SignalingToEdge, { type: 'reserve' }> {
  return {
    type: 'reserve',
    leaseId: `l${String(n)}` as LeaseId,
    sessionId: `s${String(n)}` as SessionId,
    kind: 'game',
    titleId: titleId as TitleId,
    capabilities,
    ttlMs: 15_000,
  };
}
