import { createSocket, type Socket } from 'node:dgram';
import { afterEach, expect, it } from 'vitest';
import { RTCPeerConnection, type RtpPacket } from 'werift';
import { DATA_CHANNELS } from '@perigee/protocol';
import { createSeededRandom } from '@perigee/kit/testing';
import { TransportError } from './transport-error.ts';
import { WebRtcPeer, type WebRtcPeerEvents } from './webrtc-peer.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

/** What happened at the peer, and a way to wait for it. */
class Witness implements WebRtcPeerEvents {
  readonly log: string[] = [];
  #waiters: (() => void)[] = [];

  onState = (state: string): void => {
    this.note(`state ${state}`);
  };
  onCandidate = (): void => {
    this.note('candidate');
  };
  onMessage = (channel: string, bytes: Uint8Array): void => {
    this.note(`${channel}: ${Buffer.from(bytes).toString()}`);
  };
  onChannelOpen = (channel: string): void => {
    this.note(`open ${channel}`);
  };
  onKeyframeRequest = (): void => {
    this.note('keyframe');
  };
  onFeedback = (): void => {
    this.note('feedback');
  };

  note(entry: string): void {
    this.log.push(entry);
    for (const wake of this.#waiters.splice(0)) wake();
  }

  async sees(entry: string): Promise<void> {
    while (!this.log.includes(entry)) await new Promise<void>((wake) => this.#waiters.push(wake));
  }
}

async function newPeer(): Promise<{ peer: WebRtcPeer; witness: Witness }> {
  const peer = await WebRtcPeer.create({
    ice: { hostAddresses: ['127.0.0.1'], portRange: null },
    nowUs: () => (performance.timeOrigin + performance.now()) * 1000,
    random: createSeededRandom(1),
  });
  closers.push(() => peer.close());
  const witness = new Witness();
  peer.attach(witness);
  return { peer, witness };
}

/** A browser's part, played by werift itself. */
async function answerWith(peer: WebRtcPeer) {
  const remote = new RTCPeerConnection({
    bundlePolicy: 'max-bundle',
    iceAdditionalHostAddresses: ['127.0.0.1'],
  });
  closers.push(() => remote.close());
  const packets: RtpPacket[] = [];
  const arrivals = new Witness();
  remote.onTrack.subscribe((track) => {
    track.onReceiveRtp.subscribe((packet) => {
      packets.push(packet);
      arrivals.note(`packet ${String(packets.length)}`);
    });
  });
  const control = remote.createDataChannel('control', { ...DATA_CHANNELS.control });
  const received = new Promise<string>((resolve) => {
    control.onMessage.subscribe((data) => {
      resolve(data.toString());
    });
  });
  await remote.setRemoteDescription({ type: 'offer', sdp: peer.offerSdp });
  const { sdp } = await remote.createAnswer();
  await remote.setLocalDescription({ type: 'answer', sdp });
  return { remote, control, received, packets, arrivals, sdp: remote.localDescription?.sdp ?? sdp };
}

it('has its offer ready before anybody is known: both codecs, retransmission, extensions, two streams, channels', async () => {
  const { peer } = await newPeer();
  const { offerSdp } = peer;
  for (const part of [
    'H264/90000',
    'profile-level-id=42e01f',
    'packetization-mode=1',
    'VP8/90000',
    'a=fmtp:98 apt=97',
    'opus/48000/2',
    'transport-wide-cc-02',
    'transport-wide-cc-extensions-01',
    'playout-delay',
    'sdes:mid',
    'nack pli',
    'ccm fir',
    'webrtc-datachannel',
    'a=candidate:',
  ])
    expect(offerSdp).toContain(part);
  const streams = [...offerSdp.matchAll(/a=msid:(\S+)/g)].map((m) => m[1]);
  expect(new Set(streams).size).toBe(2);
  const addresses = [...offerSdp.matchAll(/a=candidate:(?:\S+ ){4}(\S+)/g)].map((m) => m[1]);
  expect(new Set(addresses)).toEqual(new Set(['127.0.0.1']));
});

it('connects, carries a frame, sound and messages both ways, and closes', async () => {
  const { peer, witness } = await newPeer();
  expect(peer.sendFrame(new Uint8Array(5), 0)).toBeUndefined();
  const remote = await answerWith(peer);
  const { video } = await peer.accept(remote.sdp);
  expect(video.codec).toBe('vp8'); // werift's own default
  await witness.sees('state connected');
  expect(peer.sendFrame(new Uint8Array(3000).fill(1), 90)).toMatchObject({ packetCount: 3 });
  peer.sendAudio(new Uint8Array(50), 480, true);
  await remote.arrivals.sees('packet 4');
  expect(remote.packets.map((p) => p.header.payloadType)).toEqual([99, 99, 99, 96]);
  await witness.sees('open control');
  remote.control.send(Buffer.from('hello'));
  await witness.sees('control: hello');
  expect(peer.send('control', Buffer.from('welcome'))).toBe(true);
  expect(await remote.received).toBe('welcome');
  await peer.close();
  expect(peer.send('control', Buffer.from('late'))).toBe(false);
  expect(peer.sendFrame(new Uint8Array(5), 0)).toBeUndefined();
});

it('counts text messages and broken SCTP packets and lives on', async () => {
  const { peer, witness } = await newPeer();
  const remote = await answerWith(peer);
  await peer.accept(remote.sdp);
  await witness.sees('open control');
  const random = createSeededRandom(5);
  const [dtls] = remote.remote.dtlsTransports;
  for (let i = 0; i < 200; i++)
    await dtls?.sendData(Buffer.from(Array.from({ length: 40 }, () => random() * 256)));
  remote.control.send('text');
  remote.control.send(Buffer.from('still here'));
  await witness.sees('control: still here');
  expect(peer.stats.malformedPackets).toBeGreaterThan(100);
});

it('refuses an answer without a codec it can send, and one that is no answer', async () => {
  const { peer } = await newPeer();
  const { sdp } = await answerWith(peer);
  await expect(peer.accept(sdp.replace('m=video 9', 'm=video 0'))).rejects.toMatchObject({
    code: 'unsupported-browser',
  });
  for (const broken of ['', 'v=0', sdp.slice(0, 400), sdp.replaceAll('m=', 'x=')])
    await expect((await newPeer()).peer.accept(broken)).rejects.toMatchObject({
      code: 'bad-answer',
    });
});

/** A line lost, doubled or moved, characters changed, the end cut off. */
function mutateSdp(sdp: string, random: () => number): string {
  const below = (limit: number): number => Math.floor(random() * limit);
  const lines = sdp.split('\r\n');
  for (let changes = 1 + below(4); changes > 0; changes--) {
    const at = below(lines.length);
    const line = lines[at] ?? '';
    const character = String.fromCharCode(32 + below(95));
    const kind = below(5);
    if (kind === 0) lines.splice(at, 1);
    else if (kind === 1) lines.splice(below(lines.length), 0, line);
    else if (kind === 2) lines[at] = line.slice(0, below(line.length + 1));
    else if (kind === 3) lines[at] = line.replace(/\d+/, String(below(2 ** 31)));
    else lines[at] = line.slice(0, below(line.length + 1)) + character + line.slice(-4);
  }
  return lines.join('\r\n');
}

it('takes or refuses 40 broken answers by name, and closes after each (seed 9)', async () => {
  const random = createSeededRandom(9);
  const codes = new Map<string, number>();
  // Answers differ in keys and ports alone, so one is enough to start from.
  const remote = await answerWith((await newPeer()).peer);
  for (let i = 0; i < 40; i++) {
    const { peer } = await newPeer();
    const code = await peer.accept(mutateSdp(remote.sdp, random)).then(
      () => 'taken',
      (error: unknown) => (error instanceof TransportError ? error.code : String(error)),
    );
    codes.set(code, (codes.get(code) ?? 0) + 1);
    await peer.close();
  }
  expect([...codes.keys()].toSorted()).toEqual(['bad-answer', 'taken', 'unsupported-browser']);
});

it('says which ports are taken when it cannot have one', async () => {
  const holder = createSocket('udp4');
  const other = createSocket('udp4');
  closers.push(async () => {
    await Promise.all([holder, other].map((s) => new Promise<void>((done) => s.close(done))));
  });
  const bind = (socket: Socket, port: number): Promise<number> =>
    new Promise((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(port, () => {
        resolve(socket.address().port);
      });
    });
  // Two neighbours that are free: any will do.
  const first = await bind(holder, 0);
  await bind(other, first + 1);
  const options = {
    ice: { hostAddresses: ['127.0.0.1'], portRange: [first, first + 1] as const },
    nowUs: () => 0,
    random: createSeededRandom(1),
  };
  await expect(WebRtcPeer.create(options)).rejects.toMatchObject({
    code: 'no-address',
    message: `no UDP port of ${String(first)}-${String(first + 1)} is free on 127.0.0.1`,
  });
});

it('keeps to its range, and peers made at once share no port', async () => {
  const portRange = [42_310, 42_329] as const;
  const peers = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const peer = await WebRtcPeer.create({
        ice: { hostAddresses: ['127.0.0.1', '::1'], portRange },
        nowUs: () => 0,
        random: createSeededRandom(1),
      });
      closers.push(() => peer.close());
      return peer;
    }),
  );
  const ports = peers.flatMap(({ offerSdp }) =>
    [...offerSdp.matchAll(/a=candidate:(?:\S+ ){5}(\d+)/g)].map((m) => Number(m[1])),
  );
  expect(ports.length).toBeGreaterThanOrEqual(8);
  expect(ports.every((port) => port >= portRange[0] && port <= portRange[1])).toBe(true);
  const distinct = new Set(
    peers.flatMap(({ offerSdp }) => [...new Set(offerSdp.match(/a=candidate:.*/g))]),
  );
  expect(new Set([...distinct].map((line) => line.split(' ')[5])).size).toBe(8);
});

it('takes hostile candidates without harm', async () => {
  const { peer, witness } = await newPeer();
  const remote = await answerWith(peer);
  await peer.accept(remote.sdp);
  for (const address of ['255.255.255.255', '240.0.0.1', 'ff02::1', 'a.local', '0.0.0.0', 'x'])
    await peer.addCandidate({
      candidate: `candidate:1 1 udp 2113937151 ${address} 9 typ host`,
      sdpMid: '0',
      sdpMLineIndex: 0,
    });
  for (let i = 0; i < 200; i++)
    await peer.addCandidate({ candidate: 'candidate:', sdpMid: 'zz', sdpMLineIndex: 14 });
  await witness.sees('state connected');
});

it('closes twice, and before it was ever used', async () => {
  const { peer } = await newPeer();
  await peer.close();
  await peer.close();
  await expect(peer.accept('')).rejects.toMatchObject({ code: 'closed' });
});
