// What a session host is made of, as interfaces: main.ts passes the real ones, tests pass their own.
import type { Clock, Logger, Timers } from '@perigee/kit';
import type { Resolution } from '@perigee/protocol';
import type { SoundSourceOptions } from '../audio/sound-source.ts';
import type { VideoSource, VideoSourceEvents } from '../capture/video-source.ts';
import type { CongestionController } from '../congestion/congestion-controller.ts';
import type { Injector } from '../input/injector.ts';
import type { TextTyper } from '../input/input-applier.ts';
import type { WebRtcPeer } from '../transport/webrtc-peer.ts';
import type { HostToAgent } from './ipc.ts';

/** A peer connection as the session sees it. */
export type PeerConnection = Pick<
  WebRtcPeer,
  | 'offerSdp'
  | 'stats'
  | 'attach'
  | 'accept'
  | 'addCandidate'
  | 'sendFrame'
  | 'sendAudio'
  | 'send'
  | 'close'
>;

export type Sound = { start(): void; stop(): void; close(): void };

export type Input = {
  readonly injector: Injector;
  readonly text: TextTyper | undefined;
  close(): void;
};

export type SessionParts = {
  createSource(events: VideoSourceEvents): VideoSource;
  /** Encoders of the codecs besides the one that streams first, found by trial; best first. */
  tryOtherCodecs(): readonly string[];
  openInput(resolution: () => Resolution): Promise<Input>;
  /** Undefined when the session has no sound server. */
  readonly openSound:
    ((events: Pick<SoundSourceOptions, 'onPacket' | 'onGap'>) => Sound) | undefined;
  /** Makes a peer whose offer is ready. */
  createPeer(): Promise<PeerConnection>;
  createController(): CongestionController;
  send(message: HostToAgent): void;
  /** The session is over: everything is closed. Called once. */
  onClosed(exitCode: number): void;
  readonly time: Clock & Timers;
  /** us of the clock that frames are stamped with. */
  readonly nowUs: () => number;
  readonly logger: Logger;
};
