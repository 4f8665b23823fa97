// For tests: the whole of signaling on fake sockets, a fake clock and the in-process bus.
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import {
  createLogger,
  createMemoryBus,
  EDGE_ADMISSION,
  parseEnvironment,
  respondTopic,
  subscribeTopic,
  TOPICS,
  type Bus,
  type SessionStateEvent,
} from '@perigee/kit';
import { createFakeClock, createSeededRandom, type FakeClock } from '@perigee/kit/testing';
import {
  edgeChallengeBytes,
  encodeMessage,
  parseSignalingToEdge,
  parseSignalingToPlayer,
  PROTOCOL_VERSION_RANGE,
  type Capabilities,
  type EdgeFacts,
  type EdgeNodeId,
  type EdgeToSignaling,
  type PeerId,
  type PlayerToSignaling,
  type SessionId,
  type SignalingToEdge,
  type SignalingToPlayer,
  type TitleId,
} from '@perigee/protocol';
import { signalingEnvironment, type SignalingConfig } from './config.ts';
import type { PlacementPolicy } from './placement/policy.ts';
import { SignalingService } from './service.ts';
import type { Channel, ChannelListener } from './transport/channel.ts';

type Parse<T> = (bytes: Uint8Array) => { ok: true; message: T } | { ok: false; code: string };

/** A socket that remembers. Like a real one, it tells its listener once when it is gone. */
export class FakeSocket<
  In extends { type: string },
  Out extends EdgeToSignaling | PlayerToSignaling,
> {
  readonly sent: In[] = [];
  closeCode: number | null = null;
  listener: ChannelListener | undefined;
  readonly channel: Channel;
  #isGone = false;

  constructor(addressKey: string, parse: Parse<In>) {
    this.channel = {
      addressKey,
      send: (bytes) => {
        const parsed = parse(bytes);
        if (!parsed.ok) throw new Error(`signaling sent something wrong: ${parsed.code}`);
        this.sent.push(parsed.message);
      },
      close: (closeCode) => {
        this.closeCode ??= closeCode;
        this.drop();
      },
    };
  }

  /** What arrives at signaling. */
  say(message: Out): void {
    this.sayBytes(encodeMessage(message));
  }

  sayBytes(bytes: Uint8Array | null): void {
    this.listener?.receive(bytes);
  }

  /** The socket goes away. */
  drop(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.listener?.closed();
  }

  /** The newest message of a type. */
  last<Type extends In['type']>(type: Type): Extract<In, { type: Type }> {
    const found = this.sent.findLast((m) => m.type === type);
    if (found === undefined) throw new Error(`no ${type} among ${this.types().join(', ')}`);
    return found as Extract<In, { type: Type }>;
  }

  types(): string[] {
    return this.sent.map((m) => m.type);
  }
}

export type HelloOptions = {
  titleId?: string;
  resumeToken?: string;
  codecs?: Capabilities['codecs'];
};
export type FakePlayer = FakeSocket<SignalingToPlayer, PlayerToSignaling> & {
  /** Says hello and lets signaling finish with it. */
  hello(options?: HelloOptions): Promise<void>;
};
export type FakeEdge = FakeSocket<SignalingToEdge, EdgeToSignaling> & {
  readonly edgeNodeId: EdgeNodeId;
  readonly key: EdgeKeyPair;
  /** Answers the newest `reserve`. */
  reserve(answer?: 'yes' | 'no-capacity'): SessionId;
  offer(sessionId: SessionId, peerId: string): void;
  heartbeat(over?: Partial<Extract<EdgeToSignaling, { type: 'heartbeat' }>>): void;
  /** A heartbeat that lists sessions as live. */
  lists(...sessionIds: SessionId[]): void;
};
export type EdgeKeyPair = { readonly publicKey: Uint8Array; readonly privateKey: KeyObject };

export function createEdgeKeyPair(): EdgeKeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  return { publicKey: new Uint8Array(spki.subarray(spki.length - 32)), privateKey };
}

export function signNonce(key: EdgeKeyPair, nonce: Uint8Array): Uint8Array {
  return new Uint8Array(sign(null, edgeChallengeBytes(nonce, key.publicKey), key.privateKey));
}

export const FLASH: EdgeFacts['titles'][number] = {
  titleId: 'flash' as TitleId,
  name: 'Flash',
  version: '1.0.0',
  description: '',
  category: 'test',
  resolution: { width: 1280, height: 720 },
  fps: 60,
  input: ['keyboard'],
};

export function testFacts(over: Partial<EdgeFacts> = {}): EdgeFacts {
  return {
    edgeNodeId: 'edge-1' as EdgeNodeId,
    siteId: 'site-1' as EdgeFacts['siteId'],
    place: 'Testville',
    softwareVersion: '0.1.0',
    slots: 1,
    titles: [FLASH],
    encoders: ['h264:libx264'],
    missingProtections: [],
    stunUrls: [],
    ...over,
  };
}

export function testConfig(over: Partial<SignalingConfig> = {}): SignalingConfig {
  return { ...parseEnvironment({}, signalingEnvironment), ...over };
}

export type Harness = {
  readonly clock: FakeClock;
  readonly bus: Bus;
  readonly service: SignalingService;
  /** Every session.state heard on the bus. */
  readonly states: SessionStateEvent[];
  /** Keys that are admitted, by hexadecimal public key. */
  readonly admitted: Map<string, EdgeNodeId>;
  player(addressKey?: string): FakePlayer;
  /** An edge socket that has not said anything. */
  strangeEdge(): FakeSocket<SignalingToEdge, EdgeToSignaling>;
  /** An edge that is admitted, proven and welcomed. */
  edge(facts?: Partial<EdgeFacts>, key?: EdgeKeyPair): Promise<FakeEdge>;
  /** Lets promises and the bus finish. */
  settle(): Promise<void>;
  /** A player with an offer and a live session on an edge. */
  liveSession(
    edge: FakeEdge,
  ): Promise<{ player: FakePlayer; sessionId: SessionId; resumeToken: string }>;
};

export function createHarness(
  over: Partial<SignalingConfig> = {},
  policy?: PlacementPolicy,
): Harness {
  const clock = createFakeClock();
  const bus = createMemoryBus();
  const logger = createLogger({ name: 'test', level: 'silent' });
  const states: SessionStateEvent[] = [];
  const admitted = new Map<string, EdgeNodeId>();
  subscribeTopic(bus, TOPICS.sessionState, { logger, handler: (event) => void states.push(event) });
  respondTopic(bus, EDGE_ADMISSION, ({ publicKeyHex }) =>
    Promise.resolve({ edgeNodeId: admitted.get(publicKeyHex) ?? null }),
  );
  const service = new SignalingService({
    config: testConfig(over),
    logger,
    bus,
    clock,
    random: createSeededRandom(1),
    ...(policy === undefined ? {} : { policy }),
  });
  const settle = async (): Promise<void> => {
    for (let n = 0; n < 4; n += 1) await bus.flush();
  };
  const harness: Harness = {
    clock,
    bus,
    service,
    states,
    admitted,
    settle,
    player: (addressKey = '192.0.2.1') => makePlayer(service, { addressKey, settle }),
    strangeEdge: () => {
      const socket = new FakeSocket<SignalingToEdge, EdgeToSignaling>(
        '192.0.2.99',
        parseSignalingToEdge,
      );
      socket.listener = service.acceptEdge(socket.channel);
      return socket;
    },
    edge: async (facts, key = createEdgeKeyPair()) => {
      const whole = testFacts(facts);
      admitted.set(Buffer.from(key.publicKey).toString('hex'), whole.edgeNodeId);
      const edge = Object.assign(harness.strangeEdge(), edgeMethods(whole.edgeNodeId, key));
      sayEdgeHello(edge, { key, facts: whole });
      await settle();
      return edge;
    },
    liveSession: async (edge) => {
      const player = harness.player();
      await player.hello();
      const sessionId = edge.reserve();
      edge.offer(sessionId, 'peer-1');
      await settle();
      const { resumeToken, peerId } = player.last('offer');
      player.say({ type: 'answer', sessionId, peerId, sdp: 'v=0' });
      edge.say({ type: 'edgeSessionState', sessionId, state: 'live' });
      await settle();
      return { player, sessionId, resumeToken };
    },
  };
  return harness;
}

/** Answers the challenge; fields can be made wrong. */
export function sayEdgeHello(
  socket: FakeSocket<SignalingToEdge, EdgeToSignaling>,
  proof: { key: EdgeKeyPair; facts?: EdgeFacts; nonce?: Uint8Array; signature?: Uint8Array },
): void {
  const nonce = proof.nonce ?? socket.last('challenge').nonce;
  socket.say({
    type: 'edgeHello',
    versions: PROTOCOL_VERSION_RANGE,
    publicKey: proof.key.publicKey,
    signature: proof.signature ?? signNonce(proof.key, nonce),
    facts: proof.facts ?? testFacts(),
  });
}

function makePlayer(
  service: SignalingService,
  { addressKey, settle }: { addressKey: string; settle: () => Promise<void> },
): FakePlayer {
  const socket = new FakeSocket<SignalingToPlayer, PlayerToSignaling>(
    addressKey,
    parseSignalingToPlayer,
  );
  socket.listener = service.acceptPlayer(socket.channel);
  return Object.assign(socket, {
    hello: async (options: HelloOptions = {}) => {
      const { titleId = 'flash', resumeToken, codecs = ['h264'] } = options;
      socket.say({
        type: 'hello',
        versions: PROTOCOL_VERSION_RANGE,
        titleId: titleId as TitleId,
        ...(resumeToken === undefined ? {} : { resumeToken }),
        capabilities: {
          codecs,
          screen: { widthPx: 360, heightPx: 640, pixelRatio: 3, refreshHz: 60 },
          touchPoints: 5,
          pads: 0,
          network: '4g',
        },
      });
      await settle();
    },
  });
}

function edgeMethods(edgeNodeId: EdgeNodeId, key: EdgeKeyPair) {
  type Self = FakeSocket<SignalingToEdge, EdgeToSignaling>;
  return {
    edgeNodeId,
    key,
    reserve(this: Self, answer: 'yes' | 'no-capacity' = 'yes'): SessionId {
      const { leaseId, sessionId } = this.last('reserve');
      if (answer === 'yes') this.say({ type: 'reserved', leaseId, sessionId, warm: true });
      else this.say({ type: 'refused', leaseId, code: answer });
      return sessionId;
    },
    offer(this: Self, sessionId: SessionId, peerId: string): void {
      this.say({ type: 'edgeOffer', sessionId, peerId: peerId as PeerId, sdp: `v=0 ${peerId}` });
    },
    heartbeat(
      this: Self,
      over: Partial<Extract<EdgeToSignaling, { type: 'heartbeat' }>> = {},
    ): void {
      this.say({
        type: 'heartbeat',
        freeSlots: 1,
        warmSlots: 1,
        loadRatio: 0,
        sessions: [],
        ...over,
      });
    },
    lists(this: Self, ...sessionIds: SessionId[]): void {
      this.say({
        type: 'heartbeat',
        freeSlots: 1,
        warmSlots: 1,
        loadRatio: 0,
        sessions: sessionIds.map((sessionId) => ({
          sessionId,
          state: 'live',
          rttMs: null,
          framesPerSecond: null,
          bitrateBps: null,
        })),
      });
    },
  };
}
