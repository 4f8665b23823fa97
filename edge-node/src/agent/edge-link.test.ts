// The edge's end of the EdgeLink against a real WebSocket server that plays signaling. Time stands still until the test moves it.
import { createPublicKey, verify } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { createFakeClock } from '@perigee/kit/testing';
import {
  edgeChallengeBytes,
  encodeMessage,
  MAX_EDGE_MESSAGE_BYTES,
  parseEdgeToSignaling,
  PROTOCOL_VERSION_RANGE,
  type EdgeFacts,
  type EdgeNodeId,
  type EdgeToSignaling,
  type SessionId,
  type SignalingToEdge,
  type SiteId,
} from '@perigee/protocol';
import { silentLogger } from './agent-fixture.ts';
import { createEdgeKey } from './edge-key.ts';
import { EdgeLink } from './edge-link.ts';

const NONCE = Uint8Array.from({ length: 32 }, (_, i) => i);
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
const FACTS: EdgeFacts = {
  edgeNodeId: 'edge-1' as EdgeNodeId,
  siteId: 'site-1' as SiteId,
  place: 'here',
  softwareVersion: '0',
  slots: 1,
  titles: [],
  encoders: [],
  missingProtections: [],
  stunUrls: [],
};
const END: SignalingToEdge = {
  type: 'endSession',
  sessionId: 's' as SessionId,
  code: 'player-left',
};
const WELCOME: SignalingToEdge = {
  type: 'edgeWelcome',
  version: 1,
  edgeNodeId: FACTS.edgeNodeId,
  heartbeatIntervalMs: 500,
};

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** Entries in the order in which they came; each is awaited once. */
function createQueue<T>() {
  const entries: T[] = [];
  let wake = (): void => undefined;
  return {
    entries,
    push(entry: T): void {
      entries.push(entry);
      wake();
    },
    async next(): Promise<T> {
      for (;;) {
        const entry = entries.shift();
        if (entry !== undefined) return entry;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

/** One connection as signaling has it. */
class Caller {
  readonly messages = createQueue<EdgeToSignaling>();
  readonly closed: Promise<number>;
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('error', () => undefined);
    socket.on('message', (data: Buffer) => {
      const parsed = parseEdgeToSignaling(new Uint8Array(data));
      if (parsed.ok) this.messages.push(parsed.message);
    });
    this.closed = once(socket, 'close').then(([code]: unknown[]) => code as number);
  }

  say(...messages: readonly SignalingToEdge[]): void {
    for (const message of messages) this.#socket.send(encodeMessage(message));
  }

  sayBytes(bytes: Uint8Array | string): void {
    this.#socket.send(bytes);
  }

  /** Resolves when the edge's WebSocket has handled everything said before it. */
  async ping(): Promise<void> {
    this.#socket.ping();
    await once(this.#socket, 'pong');
  }

  cut(): void {
    this.#socket.terminate();
  }

  async welcome(): Promise<void> {
    this.say({ type: 'challenge', versions: PROTOCOL_VERSION_RANGE, nonce: NONCE });
    await this.messages.next();
    this.say(WELCOME);
    await this.ping();
  }
}

async function newLink() {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const callers = createQueue<Caller>();
  server.on('connection', (socket) => {
    callers.push(new Caller(socket));
  });
  const clock = createFakeClock();
  const waits: number[] = [];
  const key = createEdgeKey();
  const log: string[] = [];
  const downs = createQueue<string>();
  const link = new EdgeLink({
    url: `ws://127.0.0.1:${String((server.address() as AddressInfo).port)}/ws/edge`,
    key,
    facts: () => FACTS,
    logger: silentLogger,
    timers: {
      after: (ms, callback) => {
        waits.push(ms);
        return clock.after(ms, callback);
      },
    },
    random: () => 0.4,
    onMessage: ({ type }) => log.push(type),
    onOpen: (ms) => log.push(`open ${String(ms)}`),
    onDown: () => {
      log.push('down');
      downs.push('down');
    },
  });
  closers.push(() => {
    link.close();
    for (const socket of server.clients) socket.terminate();
    return new Promise((resolve) => {
      server.close(() => {
        resolve();
      });
    });
  });
  return { link, key, clock, waits, log, downs, callers };
}

it('answers the challenge with a signature that verifies, then is open', async () => {
  const { link, key, log, callers } = await newLink();
  const caller = await callers.next();
  expect(link.send({ type: 'edgeFacts', facts: FACTS })).toBe(false);
  caller.say({ type: 'challenge', versions: { min: 1, max: 9 }, nonce: NONCE });
  const hello = await caller.messages.next();
  if (hello.type !== 'edgeHello') throw new Error(hello.type);
  expect(hello).toMatchObject({ versions: PROTOCOL_VERSION_RANGE, facts: FACTS });
  expect(hello.publicKey).toEqual(key.publicKey);
  const publicKey = createPublicKey({
    key: Buffer.concat([SPKI_PREFIX, hello.publicKey]),
    format: 'der',
    type: 'spki',
  });
  const challenge = edgeChallengeBytes(NONCE, hello.publicKey);
  expect(verify(null, challenge, publicKey, hello.signature)).toBe(true);
  caller.say(WELCOME, END);
  await caller.ping();
  expect(log).toEqual(['open 500', 'endSession']);
  expect(link.send({ type: 'edgeFacts', facts: FACTS })).toBe(true);
  expect(await caller.messages.next()).toMatchObject({ type: 'edgeFacts' });
});

it('takes nothing before its turn: no order before the welcome, no welcome before the proof, neither twice', async () => {
  const { log, callers } = await newLink();
  const caller = await callers.next();
  caller.say(END, WELCOME, END);
  await caller.ping();
  expect(log).toEqual([]);
  const challenge = { type: 'challenge', versions: PROTOCOL_VERSION_RANGE, nonce: NONCE } as const;
  caller.say(challenge, challenge, challenge);
  await caller.ping();
  expect(caller.messages.entries.map((m) => m.type)).toEqual(['edgeHello']);
  caller.say(WELCOME, WELCOME, challenge);
  await caller.ping();
  expect(log).toEqual(['open 500']);
  expect(caller.messages.entries).toHaveLength(1);
});

it('proves nothing to signaling that speaks no version of ours, and tries again later', async () => {
  const { clock, waits, callers } = await newLink();
  const caller = await callers.next();
  caller.say({ type: 'challenge', versions: { min: 60_000, max: 65_535 }, nonce: NONCE });
  await caller.closed;
  expect(caller.messages.entries).toEqual([]);
  await expect.poll(() => waits).toContain(300);
  clock.advance(300);
  await callers.next();
});

it('counts what it cannot read and goes on', async () => {
  const { link, log, callers } = await newLink();
  const caller = await callers.next();
  await caller.welcome();
  for (let i = 0; i < 50; i++) caller.sayBytes(new Uint8Array(i).fill(0xc1));
  caller.sayBytes('text');
  caller.sayBytes(encodeMessage({ type: 'edgeFacts', facts: FACTS }));
  caller.say(END);
  await caller.ping();
  expect(link.malformedMessages).toBe(52);
  expect(log).toEqual(['open 500', 'endSession']);
});

it('ends a link that sends a message beyond the limit', async () => {
  const { log, downs, callers } = await newLink();
  const caller = await callers.next();
  await caller.welcome();
  caller.sayBytes(new Uint8Array(MAX_EDGE_MESSAGE_BYTES + 1));
  expect(await caller.closed).toBe(1009);
  await downs.next();
  expect(log).toEqual(['open 500', 'down']);
});

it('gives up a link that never welcomes it, however lively it is', async () => {
  const { clock, callers, log } = await newLink();
  const caller = await callers.next();
  clock.advance(9999);
  caller.say(END);
  await caller.ping();
  clock.advance(1);
  expect(await caller.closed).toBe(1006);
  expect(log).toEqual([]);
});

it('takes an open link for dead after 20 s of silence; pings and messages are signs of life', async () => {
  const { clock, callers, downs } = await newLink();
  const caller = await callers.next();
  await caller.welcome();
  clock.advance(19_999);
  await caller.ping();
  clock.advance(19_999);
  caller.say(END);
  await caller.ping();
  clock.advance(19_999);
  expect(downs.entries).toEqual([]);
  clock.advance(1);
  expect(await caller.closed).toBe(1006);
  await downs.next();
});

it('waits twice as long after each failure, up to 10 s, and starts over after a success', async () => {
  const { clock, waits, callers } = await newLink();
  // 0.4 of chance makes each a fifth longer.
  for (const waitMs of [300, 600, 1200, 2400, 4800, 9600, 12_000, 12_000]) {
    (await callers.next()).cut();
    await expect.poll(() => waits.at(-1)).toBe(waitMs);
    waits.length = 0;
    clock.advance(waitMs);
  }
  const caller = await callers.next();
  await caller.welcome();
  caller.cut();
  await expect.poll(() => waits.at(-1)).toBe(300);
});

it('says goodbye when it is closed and never dials again, also while it waits to', async () => {
  const first = await newLink();
  const caller = await first.callers.next();
  await caller.welcome();
  first.link.close();
  first.link.close();
  expect(await caller.closed).toBe(1001);
  expect(first.link.send({ type: 'edgeFacts', facts: FACTS })).toBe(false);
  await expect.poll(() => first.clock.pendingTimers()).toBe(0);
  expect(first.log).toEqual(['open 500']);

  const second = await newLink();
  (await second.callers.next()).cut();
  await expect.poll(() => second.waits).toContain(300);
  second.link.close();
  expect(second.clock.pendingTimers()).toBe(0);
});

it('does not wait for the goodbye of signaling that hangs', async () => {
  const { link, clock, callers } = await newLink();
  const caller = await callers.next();
  await caller.welcome();
  link.close();
  clock.advance(1000);
  await caller.closed;
  await expect.poll(() => clock.pendingTimers()).toBe(0);
});
