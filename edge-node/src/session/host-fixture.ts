// For tests: a session host whose source, input, sound and peers are made of nothing, with a clock that stands still until told.
import { createLogger } from '@perigee/kit';
import { createFakeClock } from '@perigee/kit/testing';
import {
  parseEdgeToPlayerControl,
  type Capabilities,
  type PeerId,
  type SessionId,
  type TitleId,
  type TitleInfo,
} from '@perigee/protocol';
import type { EncodedFrame, VideoSource, VideoSourceEvents } from '../capture/video-source.ts';
import { LossController } from '../congestion/loss-controller.ts';
import type { TransportError } from '../transport/transport-error.ts';
import type { WebRtcPeerEvents } from '../transport/webrtc-peer.ts';
import type { HostToAgent } from './ipc.ts';
import { SessionHost } from './session-host.ts';
import type { PeerConnection, SessionParts, Sound } from './session-parts.ts';

export const TITLE: TitleInfo = {
  titleId: 'probe' as TitleId,
  name: 'Probe',
  version: '1',
  description: '',
  category: '',
  resolution: { width: 1280, height: 720 },
  fps: 60,
  input: ['keyboard'],
};
export const CAPABILITIES: Capabilities = {
  codecs: ['h264'],
  screen: { widthPx: 1, heightPx: 1, pixelRatio: 1, refreshHz: 60 },
  touchPoints: 0,
  pads: 0,
  network: 'unknown',
};
export const FRAME: EncodedFrame = {
  data: new Uint8Array(10),
  codec: 'h264',
  isKeyframe: true,
  resolution: TITLE.resolution,
  damageUs: 0,
  captureUs: 0,
  encodeStartUs: 0,
  encodeEndUs: 0,
  inputSequence: 0,
};

/** A peer without network: what the session does to it is written down, what a browser would do is called. */
export class FakePeer implements PeerConnection {
  readonly offerSdp: string;
  readonly stats = {
    rttMs: 5,
    lossRatio: 0,
    sentPackets: 0,
    sentBytes: 0,
    resentPackets: 0,
    malformedPackets: 0,
    sendErrors: 0,
  };
  readonly log: string[] = [];
  browser: WebRtcPeerEvents | undefined;
  answerError: TransportError | undefined;

  constructor(n: number) {
    this.offerSdp = `offer ${String(n)}`;
  }

  attach(events: WebRtcPeerEvents): void {
    this.browser = events;
  }

  accept(): ReturnType<PeerConnection['accept']> {
    if (this.answerError !== undefined) return Promise.reject(this.answerError);
    const media = { mid: '0', payloadType: 97, extensionIds: new Map<string, number>() };
    return Promise.resolve({
      video: { ...media, codec: 'h264', rtxPayloadType: 98 },
      audio: media,
    });
  }

  addCandidate(): Promise<void> {
    this.log.push('candidate');
    return Promise.resolve();
  }

  sendFrame(): { packetCount: number; sizeBytes: number } {
    this.log.push('frame');
    return { packetCount: 1, sizeBytes: 10 };
  }

  sendAudio(): void {
    this.log.push('sound');
  }

  send(channel: string, bytes: Uint8Array): boolean {
    const parsed = channel === 'control' ? parseEdgeToPlayerControl(bytes) : undefined;
    this.log.push(parsed?.ok === true ? parsed.message.type : channel);
    return true;
  }

  close(): Promise<void> {
    this.log.push('closed');
    return Promise.resolve();
  }
}

export type Scene = ReturnType<typeof newScene>;

export function newScene(change: Partial<SessionParts> = {}) {
  const time = createFakeClock();
  const log: string[] = [];
  const told: HostToAgent[] = [];
  const peers: FakePeer[] = [];
  const exits: number[] = [];
  let source: VideoSourceEvents | undefined;
  const parts: SessionParts = {
    createSource: (events) => {
      source = events;
      return fakeSource(log);
    },
    tryOtherCodecs: () => ['vp8:fake'],
    openInput: () => Promise.resolve({ ...fakeInput(log), text: undefined }),
    openSound: () => fakeSound(log),
    createPeer: () => {
      const peer = new FakePeer(peers.length + 1);
      peers.push(peer);
      return Promise.resolve(peer);
    },
    createController: () => new LossController({ startBitrateBps: 5e6, maxBitrateBps: 6e6 }),
    send: (message) => told.push(message),
    onClosed: (exitCode) => exits.push(exitCode),
    time,
    nowUs: () => time.nowMs() * 1000,
    logger: createLogger({ name: 'test', level: 'silent' }),
    ...change,
  };
  const host = new SessionHost(parts, { width: 640, height: 480 });
  return { host, time, log, told, peers, exits, source: () => source };
}

function fakeSource(log: string[]): VideoSource {
  const note = (entry: string) => () => {
    log.push(entry);
  };
  return {
    capabilities: {
      bitrate: 'perFrame',
      keyframe: 'idr',
      fps: { min: 1, max: 60 },
      resolution: 'any',
    },
    encoder: { name: 'h264:fake', rejected: [] },
    start: () => Promise.resolve(),
    resize: (resolution) => Promise.resolve(resolution),
    setCodec: (codec) => {
      log.push(`codec ${codec}`);
      return Promise.resolve();
    },
    resume: note('resume'),
    pause: note('pause'),
    requestKeyframe: note('keyframe'),
    setTargetBitrate: (bps) => log.push(`bitrate ${String(bps)}`),
    noteInput: (sequence) => log.push(`input ${String(sequence)}`),
    close: () => {
      log.push('source closed');
      return Promise.resolve();
    },
  };
}

function fakeInput(log: string[]) {
  const nothing = (): void => undefined;
  return {
    injector: {
      kind: 'xtest' as const,
      droppedEvents: 0,
      key: (code: number, isDown: boolean) =>
        log.push(`key ${String(code)} ${isDown ? 'down' : 'up'}`),
      button: nothing,
      moveTo: nothing,
      moveBy: nothing,
      wheel: nothing,
      touch: nothing,
      sync: () => Promise.resolve(),
      close: nothing,
    },
    close: () => log.push('input closed'),
  };
}

function fakeSound(log: string[]): Sound {
  return {
    start: () => log.push('sound on'),
    stop: () => log.push('sound off'),
    close: () => log.push('sound closed'),
  };
}

export const settle = () => new Promise((resolve) => setImmediate(resolve));
export const id = (text: string): PeerId => text as PeerId;

export async function taken(scene: Scene): Promise<void> {
  await scene.host.start();
  scene.host.handle({ type: 'take', sessionId: 's' as SessionId, title: TITLE });
  await settle();
}

/** A player who is connected; returns its peer. */
export async function live(scene: Scene, peerId = 'p1'): Promise<FakePeer> {
  const peer = scene.peers.at(-1);
  scene.host.handle({ type: 'createPeer', peerId: id(peerId), capabilities: CAPABILITIES });
  await settle();
  scene.host.handle({ type: 'answer', peerId: id(peerId), sdp: 'answer' });
  await settle();
  peer?.browser?.onState('connected');
  peer?.browser?.onChannelOpen('control');
  if (peer === undefined) throw new Error('no peer was made ahead');
  return peer;
}
