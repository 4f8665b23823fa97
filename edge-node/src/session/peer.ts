import { background, type Logger } from '@perigee/kit';
import {
  encodeMessage,
  parsePlayerToEdgeControl,
  type EdgeToPlayerControl,
  type PeerId,
  type VideoCodec,
} from '@perigee/protocol';
import type { SoundPacket } from '../audio/sound-source.ts';
import type { EncodedFrame } from '../capture/video-source.ts';
import type { InputApplier } from '../input/input-applier.ts';
import type { PacketFeedback } from '../rtp/send-history.ts';
import { TransportError } from '../transport/transport-error.ts';
import {
  videoTimestamp,
  type CandidateInit,
  type PeerConnectionState,
} from '../transport/webrtc-peer.ts';
import { PeerInput } from './peer-input.ts';
import type { PeerConnection } from './session-parts.ts';

export type SessionPeerEvents = {
  onState(state: PeerConnectionState): void;
  onCandidate(candidate: CandidateInit): void;
  onCodec(codec: VideoCodec): void;
  onControlOpen(): void;
  onKeyframeRequest(): void;
  onFeedback(packets: readonly PacketFeedback[], nowUs: number): void;
  onInjected(eventSequence: number): void;
  /** The answer names no codec that we can send, or is none. The peer is of no more use. */
  onRefusedAnswer(code: 'unsupported-browser' | 'bad-message'): void;
};

export type SessionPeerOptions = {
  readonly peerId: PeerId;
  readonly connection: PeerConnection;
  readonly applier: InputApplier;
  readonly events: SessionPeerEvents;
  readonly nowUs: () => number;
  readonly logger: Logger;
};

/** One player of a session: what crosses its connection is turned into events, and back. */
export class SessionPeer {
  readonly peerId: PeerId;
  readonly #connection: PeerConnection;
  readonly #events: SessionPeerEvents;
  readonly #input: PeerInput;
  readonly #nowUs: () => number;
  readonly #logger: Logger;
  #codec: VideoCodec | undefined;
  #state: PeerConnectionState | 'new' = 'new';
  #refusedMessages = 0;
  #isControlOpen = false;
  #isAnswered = false;
  #isOver = false;

  constructor(options: SessionPeerOptions) {
    this.peerId = options.peerId;
    this.#connection = options.connection;
    this.#events = options.events;
    this.#nowUs = options.nowUs;
    this.#logger = options.logger;
    this.#input = new PeerInput({
      applier: options.applier,
      nowUs: options.nowUs,
      sendAck: (bytes) => this.#connection.send('telemetry', bytes),
      onInjected: (eventSequence) => {
        this.#events.onInjected(eventSequence);
      },
    });
    this.#attach();
  }

  get state(): PeerConnectionState | 'new' {
    return this.#state;
  }

  get codec(): VideoCodec | undefined {
    return this.#codec;
  }

  get stats(): PeerConnection['stats'] {
    return this.#connection.stats;
  }

  /** Everything from this player that was refused: input, control and RTCP. */
  get refusedMessages(): number {
    return (
      this.#refusedMessages + this.#input.refusedPackets + this.#connection.stats.malformedPackets
    );
  }

  /** Takes the browser's answer; a second one is refused and counted. Failures come as events. */
  accept(answerSdp: string): void {
    if (this.#isAnswered) {
      this.#refusedMessages += 1;
      return;
    }
    this.#isAnswered = true;
    background('accept answer', this.#accept(answerSdp), this.#logger);
  }

  addCandidate(candidate: CandidateInit): void {
    background('add candidate', this.#connection.addCandidate(candidate), this.#logger);
  }

  /** Sends a frame of the negotiated codec; undefined when nothing was sent. */
  sendFrame(frame: EncodedFrame) {
    if (frame.codec !== this.#codec) return undefined;
    return this.#connection.sendFrame(frame.data, videoTimestamp(frame.captureUs));
  }

  sendSound(packet: SoundPacket): void {
    this.#connection.sendAudio(packet.data, packet.timestamp, packet.isTalkspurt);
  }

  /** Sends a control message; dropped before the channel opened: what it says is told again then. */
  tell(message: EdgeToPlayerControl): void {
    if (this.#isControlOpen) this.#connection.send('control', encodeMessage(message));
  }

  /** Lets go of all input and ends the connection. No event comes after it. Idempotent. */
  async close(): Promise<void> {
    if (!this.#isOver) this.#input.releaseAll();
    this.#isOver = true;
    await this.#connection.close();
  }

  #attach(): void {
    this.#connection.attach({
      onState: (state) => {
        this.#onState(state);
      },
      onCandidate: (candidate) => {
        this.#events.onCandidate(candidate);
      },
      onMessage: (channel, bytes) => {
        if (this.#isOver) return;
        if (channel === 'input') this.#input.receive(bytes);
        else if (channel === 'control') this.#onControl(bytes);
        else this.#refusedMessages += 1;
      },
      onChannelOpen: (channel) => {
        if (channel !== 'control' || this.#isOver) return;
        this.#isControlOpen = true;
        this.#events.onControlOpen();
      },
      onKeyframeRequest: () => {
        this.#events.onKeyframeRequest();
      },
      onFeedback: (packets, nowUs) => {
        this.#events.onFeedback(packets, nowUs);
      },
    });
  }

  async #accept(answerSdp: string): Promise<void> {
    try {
      const { video } = await this.#connection.accept(answerSdp);
      if (this.#isOver) return;
      this.#codec = video.codec;
      this.#events.onCodec(video.codec);
    } catch (error) {
      if (this.#isOver) return;
      this.#logger.warn({ err: error, peerId: this.peerId }, 'answer refused');
      const isUnsupported = error instanceof TransportError && error.code === 'unsupported-browser';
      this.#events.onRefusedAnswer(isUnsupported ? 'unsupported-browser' : 'bad-message');
    }
  }

  #onState(state: PeerConnectionState): void {
    if (this.#isOver) return;
    this.#state = state;
    if (state !== 'connected') this.#input.releaseAll();
    this.#events.onState(state);
  }

  #onControl(bytes: Uint8Array): void {
    const parsed = parsePlayerToEdgeControl(bytes);
    if (!parsed.ok) {
      this.#refusedMessages += 1;
      return;
    }
    switch (parsed.message.type) {
      case 'requestKeyframe':
        this.#events.onKeyframeRequest();
        return;
      case 'goodbye':
        this.#onState('closed');
    }
  }
}
