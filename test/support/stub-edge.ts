// An edge without slots, displays or media: it proves a real Ed25519 key and says what the test tells it to.
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import {
  edgeChallengeBytes,
  encodeMessage,
  parseSignalingToEdge,
  PROTOCOL_VERSION_RANGE,
  type EdgeFacts,
  type EdgeToSignaling,
  type Heartbeat,
  type PeerId,
  type SessionId,
  type SignalingToEdge,
} from '@perigee/protocol';
import { openInbox, type Inbox } from './inbox.ts';

export type StubKey = {
  readonly publicKey: Uint8Array;
  readonly publicKeyHex: string;
  readonly privateKey: KeyObject;
};

export function createStubKey(): StubKey {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const raw = new Uint8Array(spki.subarray(spki.length - 32));
  return { publicKey: raw, publicKeyHex: Buffer.from(raw).toString('hex'), privateKey };
}

export function signChallenge(key: StubKey, nonce: Uint8Array): Uint8Array {
  return new Uint8Array(sign(null, edgeChallengeBytes(nonce, key.publicKey), key.privateKey));
}

/** Facts of a small edge with one title; `over` replaces fields. */
export function stubFacts(over: Partial<EdgeFacts> = {}): EdgeFacts {
  return {
    edgeNodeId: 'edge-1' as EdgeFacts['edgeNodeId'],
    siteId: 'site-1' as EdgeFacts['siteId'],
    place: 'Testville',
    softwareVersion: '0.1.0',
    slots: 2,
    titles: [
      {
        titleId: 'flash' as EdgeFacts['titles'][number]['titleId'],
        name: 'Flash',
        version: '1.0.0',
        description: 'flips a patch',
        category: 'test',
        resolution: { width: 1280, height: 720 },
        fps: 60,
        input: ['keyboard', 'mouse'],
      },
    ],
    encoders: ['h264:libx264'],
    missingProtections: [],
    stunUrls: [],
    ...over,
  };
}

export function stubHeartbeat(over: Partial<Heartbeat> = {}): Heartbeat {
  return { type: 'heartbeat', freeSlots: 2, warmSlots: 1, loadRatio: 0.1, sessions: [], ...over };
}

export type StubEdge = {
  readonly inbox: Inbox<SignalingToEdge>;
  send(message: EdgeToSignaling): void;
  /** Answers the next `reserve` with yes and an offer. */
  serve(peerId: string): Promise<Extract<SignalingToEdge, { type: 'reserve' }>>;
  offer(sessionId: SessionId, peerId: string): void;
};

/** Dials and proves the key; resolves when welcomed. */
export async function openStubEdge(
  url: string,
  key: StubKey,
  facts: EdgeFacts = stubFacts(),
): Promise<StubEdge> {
  const inbox = await openInbox(url, parseSignalingToEdge);
  const send = (message: EdgeToSignaling): void => {
    inbox.send(encodeMessage(message));
  };
  const { nonce } = await inbox.next('challenge');
  send({
    type: 'edgeHello',
    versions: PROTOCOL_VERSION_RANGE,
    publicKey: key.publicKey,
    signature: signChallenge(key, nonce),
    facts,
  });
  await inbox.next('edgeWelcome');
  const offer = (sessionId: SessionId, peerId: string): void => {
    send({ type: 'edgeOffer', sessionId, peerId: peerId as PeerId, sdp: `v=0 ${peerId}` });
  };
  return {
    inbox,
    send,
    offer,
    serve: async (peerId) => {
      const reserve = await inbox.next('reserve');
      const { leaseId, sessionId } = reserve;
      // In one go, as a warm edge does: the offer stands right behind the answer.
      send({ type: 'reserved', leaseId, sessionId, warm: true });
      offer(sessionId, peerId);
      return reserve;
    },
  };
}
