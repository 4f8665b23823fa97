import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openPeer, type Offer, type Peer, type PeerHandlers } from './peer.ts';

/** As much of a connection as the peer uses; its answer is given out when the test says so. */
class FakeConnection {
  readonly channels: FakeChannel[] = [];
  readonly added: string[] = [];
  onicecandidate: ((event: { candidate: unknown }) => void) | null = null;
  onconnectionstatechange: (() => void) | null = null;
  ontrack: unknown = null;
  connectionState = 'new';
  isClosed = false;
  answerSdp = ['v=0', 'm=video 9 UDP/TLS/RTP/SAVPF 96', 'a=mid:0', ''].join('\r\n');
  giveAnswer: () => void = () => undefined;
  createDataChannel(): FakeChannel {
    const channel = new FakeChannel();
    this.channels.push(channel);
    return channel;
  }
  setRemoteDescription(): Promise<void> {
    return Promise.resolve();
  }
  createAnswer(): Promise<{ sdp: string }> {
    return new Promise((resolve) => {
      this.giveAnswer = () => {
        resolve({ sdp: this.answerSdp });
      };
    });
  }
  setLocalDescription(): Promise<void> {
    return Promise.resolve();
  }
  addIceCandidate({ candidate }: { candidate: string }): Promise<void> {
    this.added.push(candidate);
    return Promise.resolve();
  }
  close(): void {
    this.isClosed = true;
  }
}
class FakeChannel {
  readyState = 'open';
  bufferedAmount = 0;
  readonly sent: unknown[] = [];
  send(bytes: unknown): void {
    this.sent.push(bytes);
  }
}

const candidate = (text: string) => ({ candidate: text, sdpMid: '0', sdpMLineIndex: 0 });
let connection: FakeConnection;
let heard: string[];
let peer: Peer;

beforeEach(() => {
  connection = new FakeConnection();
  heard = [];
  const handlers: PeerHandlers = {
    onAnswer: () => void heard.push('answer'),
    onCandidate: (own) => void heard.push(`own ${own.candidate}`),
    onNegotiationFailed: (reason) => void heard.push(reason),
    onMedia: (state) => void heard.push(state),
    onTrack: () => undefined,
    onControl: () => undefined,
    onTelemetry: () => undefined,
  };
  const offer: Partial<Offer> = { sdp: '', iceServers: [] };
  peer = openPeer(offer as Offer, handlers, connection as unknown as RTCPeerConnection);
});
afterEach(() => {
  peer.close();
});

async function answered(): Promise<void> {
  await vi.waitFor(() => {
    connection.giveAnswer();
    expect(heard).not.toEqual([]);
  });
}

describe('the peer', () => {
  test('no candidate passes before the answer, and then all of them in order', async () => {
    peer.addCandidate(candidate('a'));
    connection.onicecandidate?.({ candidate: candidate('x') });
    connection.onicecandidate?.({ candidate: null });
    expect([...heard, ...connection.added]).toEqual([]);
    await answered();
    expect(heard).toEqual(['answer', 'own x', 'own ']);
    peer.addCandidate(candidate('b'));
    expect(connection.added).toEqual(['a', 'b']);
  });

  test('early candidates are bounded', async () => {
    for (let i = 0; i < 1_000; i++) peer.addCandidate(candidate(String(i)));
    await answered();
    expect(connection.added).toHaveLength(64);
  });

  test('an answer without video is a refusal', async () => {
    connection.answerSdp = connection.answerSdp.replace('m=video 9', 'm=video 0');
    await answered();
    expect(heard).toEqual(['refused']);
  });

  test('input is dropped when the path is stuck, because the next packet repeats it', () => {
    const [input] = connection.channels;
    if (input === undefined) throw new Error('no channel was opened');
    expect(peer.sendInput(new Uint8Array(4))).toBe(true);
    input.bufferedAmount = 100_000;
    expect(peer.sendInput(new Uint8Array(4))).toBe(false);
    input.bufferedAmount = 0;
    input.readyState = 'closed';
    expect(peer.sendInput(new Uint8Array(4))).toBe(false);
    expect(input.sent).toHaveLength(1);
  });

  test.each([
    ['connected', 'connected'],
    ['disconnected', 'interrupted'],
    ['failed', 'failed'],
  ])('the state %s is reported as %s', (state, word) => {
    connection.connectionState = state;
    connection.onconnectionstatechange?.();
    expect(heard).toEqual([word]);
  });

  test('nothing is heard after close', () => {
    peer.close();
    expect(connection.isClosed).toBe(true);
    expect(connection.onconnectionstatechange).toBeNull();
    expect(connection.onicecandidate).toBeNull();
  });
});
