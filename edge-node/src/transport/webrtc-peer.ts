import { randomBytes } from 'node:crypto';
import { MAX_CANDIDATES_PER_PEER } from '@perigee/protocol';
import { RTCIceCandidate, type RTCDtlsTransport } from 'werift';
import { parseRtcp, type RtcpMessage } from '../rtp/rtcp.ts';
import { SendHistory, type PacketFeedback } from '../rtp/send-history.ts';
import { encodeSenderReport, ntpFromUnixUs } from '../rtp/sender-report.ts';
import {
  dropUnresolvableCandidates,
  isUnresolvableCandidate,
  parseAnswer,
  type NegotiatedStreams,
} from './answer.ts';
import { AudioStream } from './audio-stream.ts';
import { DataChannels, type ChannelName, type DataChannelEvents } from './data-channels.ts';
import { Liveness } from './liveness.ts';
import {
  createOfferingConnection,
  isWantedCandidate,
  keepWantedCandidates,
  type IceOptions,
  type OfferingConnection,
} from './offer.ts';
import type { SendPacket, StreamCounters } from './outgoing-stream.ts';
import { roundTripMs } from './round-trip.ts';
import { SrtpSender } from './srtp-sender.ts';
import { TransportError } from './transport-error.ts';
import { VideoStream, type SentVideoFrame } from './video-stream.ts';
import {
  absorbSocketErrors,
  guardSctp,
  receivedOnSelectedPair,
  sendOnSelectedPair,
  srtpKeys,
  takeOverRtcp,
} from './werift-internals.ts';

/** A trickled candidate; the empty string ends them. */
export type CandidateInit = {
  readonly candidate: string;
  readonly sdpMid: string | null;
  readonly sdpMLineIndex: number | null;
};

export type PeerConnectionState = 'connected' | 'disconnected' | 'closed' | 'failed';

export type WebRtcPeerEvents = {
  /** 'closed' and 'failed' come once and last; the owner then calls `close()`. */
  onState(state: PeerConnectionState): void;
  onCandidate(candidate: CandidateInit): void;
  onMessage(channel: ChannelName, bytes: Uint8Array): void;
  onChannelOpen(channel: ChannelName): void;
  /** PLI or FIR. */
  onKeyframeRequest(): void;
  onFeedback(packets: readonly PacketFeedback[], nowUs: number): void;
};

export type WebRtcPeerOptions = {
  readonly ice: IceOptions;
  /** us of a monotonic clock that started at the Unix time (performance.timeOrigin + performance.now()). */
  readonly nowUs: () => number;
  readonly random: () => number;
};

export type WebRtcPeerStats = {
  readonly rttMs: number | undefined;
  /** What the browser last said of the video stream, 0..1. */
  readonly lossRatio: number;
  readonly sentPackets: number;
  readonly sentBytes: number;
  readonly resentPackets: number;
  readonly malformedPackets: number;
  /** Datagrams that the kernel refused, outside the selected pair (ICE checks). */
  readonly sendErrors: number;
};

const REPORT_INTERVAL_MS = 1000;
const CLOSE_WITHIN_MS = 1000;
const CNAME_BYTES = 8;

/**
 * One remote party: makes the offer ahead of time, takes the answer, then carries video, sound and the three data channels.
 *
 * RTP goes from our own packetiser through our own SRTP to the ICE socket; werift does ICE, DTLS and SCTP. Nothing here throws after
 * `accept`: what cannot be sent is dropped, what cannot be read is counted.
 */
export class WebRtcPeer {
  readonly #options: WebRtcPeerOptions;
  readonly #offering: OfferingConnection;
  readonly #dtls: RTCDtlsTransport;
  readonly #channels: DataChannels;
  readonly #sendHistory: SendHistory;
  readonly #cname = randomBytes(CNAME_BYTES).toString('hex');
  #offerSdp = '';
  #events: WebRtcPeerEvents | undefined;
  #video: VideoStream | undefined;
  #audio: AudioStream | undefined;
  #srtp: SrtpSender | undefined;
  #liveness: Liveness | undefined;
  #state: PeerConnectionState | 'new' = 'new';
  #reportTimer: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;
  #remoteCandidates = 0;
  #rttMs: number | undefined;
  #lossRatio = 0;
  #sentPackets = 0;
  #sentBytes = 0;
  #malformedPackets = 0;
  #sendErrors = 0;
  #lastAudio: { readonly timestamp: number; readonly sentUs: number } | undefined;

  /** Makes a peer with its offer ready; needs no browser and may wait for hours. @throws {TransportError} no-address */
  static async create(options: WebRtcPeerOptions): Promise<WebRtcPeer> {
    const peer = new WebRtcPeer(options);
    try {
      await peer.#prepareOffer();
    } catch (error) {
      await peer.close();
      throw error;
    }
    return peer;
  }

  private constructor(options: WebRtcPeerOptions) {
    this.#options = options;
    this.#offering = createOfferingConnection(options.ice);
    this.#channels = new DataChannels(this.#offering.connection, () => this.#channelEvents());
    this.#sendHistory = new SendHistory(Math.floor(options.random() * 0x10000));
    const [dtls] = this.#offering.connection.dtlsTransports;
    if (dtls === undefined) throw new TransportError('closed', 'no transport for the offer');
    this.#dtls = dtls;
    this.#watch();
  }

  async #prepareOffer(): Promise<void> {
    const { connection } = this.#offering;
    const { sdp } = await connection.createOffer();
    await connection.setLocalDescription({ type: 'offer', sdp });
    // Read again: now with the candidates that were gathered.
    const gathered = connection.localDescription?.sdp ?? sdp;
    this.#offerSdp = keepWantedCandidates(gathered, this.#options.ice.hostAddresses);
    if (!this.#offerSdp.includes('\na=candidate:'))
      throw new TransportError('no-address', describeNoAddress(this.#options.ice));
    absorbSocketErrors(this.#dtls, () => {
      this.#sendErrors += 1;
    });
    guardSctp(connection, this.#dtls, {
      onMalformed: () => {
        this.#malformedPackets += 1;
      },
      onFlood: () => {
        this.#setState('failed');
      },
    });
  }

  /** The offer, with all candidates that were found before it. Valid until `close`. */
  get offerSdp(): string {
    return this.#offerSdp;
  }

  get stats(): WebRtcPeerStats {
    return {
      rttMs: this.#rttMs,
      lossRatio: this.#lossRatio,
      sentPackets: this.#sentPackets,
      sentBytes: this.#sentBytes,
      resentPackets: this.#video?.counters.resentPackets ?? 0,
      malformedPackets: this.#malformedPackets,
      sendErrors: this.#sendErrors,
    };
  }

  /** Gives the peer to its owner; before this nothing is reported. */
  attach(events: WebRtcPeerEvents): void {
    this.#events = events;
  }

  /**
   * Takes the browser's answer and begins to connect. @throws {TransportError} unsupported-browser when no codec fits, bad-answer when
   * it cannot be used, closed after `close()`. After a throw the peer is of no more use.
   */
  async accept(answerSdp: string): Promise<NegotiatedStreams> {
    if (this.#closing !== undefined) throw new TransportError('closed', 'the peer is closed');
    if (this.#video !== undefined) throw new TransportError('bad-answer', 'answered before');
    const negotiated = parseAnswer(answerSdp);
    const { video, audio } = this.#offering;
    const send: SendPacket = (packet, headerBytes, position) => {
      const datagram = this.#srtp?.protect(packet, headerBytes, position);
      if (datagram === undefined || !sendOnSelectedPair(this.#dtls, datagram)) return;
      this.#sentPackets += 1;
      this.#sentBytes += datagram.length;
    };
    const { random } = this.#options;
    this.#video = new VideoStream({
      negotiated: negotiated.video,
      ssrc: video.sender.ssrc,
      rtxSsrc: video.sender.rtxSsrc,
      send,
      sendHistory: this.#sendHistory,
      random,
    });
    if (negotiated.audio !== undefined)
      this.#audio = new AudioStream({
        negotiated: negotiated.audio,
        ssrc: audio.sender.ssrc,
        send,
        random,
      });
    this.#liveness = new Liveness(this.#nowMs());
    this.#reportTimer = setInterval(() => {
      this.#tick();
    }, REPORT_INTERVAL_MS);
    try {
      await this.#offering.connection.setRemoteDescription({
        type: 'answer',
        sdp: dropUnresolvableCandidates(answerSdp),
      });
    } catch (error) {
      throw new TransportError('bad-answer', 'the answer was refused', error);
    }
    return negotiated;
  }

  /** Adds a remote candidate; too many, unresolvable or malformed ones are counted and dropped. Never rejects. */
  async addCandidate(init: CandidateInit): Promise<void> {
    if (this.#closing !== undefined) return;
    this.#remoteCandidates += 1;
    const isRefused =
      this.#remoteCandidates > MAX_CANDIDATES_PER_PEER ||
      (init.candidate !== '' && isUnresolvableCandidate(init.candidate));
    if (isRefused) return;
    try {
      await this.#offering.connection.addIceCandidate(
        new RTCIceCandidate({
          candidate: init.candidate,
          ...(init.sdpMid === null ? {} : { sdpMid: init.sdpMid }),
          ...(init.sdpMLineIndex === null ? {} : { sdpMLineIndex: init.sdpMLineIndex }),
        }),
      );
    } catch {
      this.#malformedPackets += 1;
    }
  }

  /** Sends one coded frame at once; undefined when there is no connection yet (or any more). `timestamp`: 90 kHz ticks. */
  sendFrame(frame: Uint8Array, timestamp: number): SentVideoFrame | undefined {
    if (this.#srtp === undefined) return undefined;
    return this.#video?.sendFrame(frame, timestamp, this.#options.nowUs());
  }

  /** Sends one Opus packet. `timestamp`: 48 kHz ticks. */
  sendAudio(opus: Uint8Array, timestamp: number, isTalkspurt: boolean): void {
    if (this.#srtp === undefined || this.#audio === undefined) return;
    this.#audio.sendPacket(opus, timestamp, isTalkspurt);
    this.#lastAudio = { timestamp, sentUs: this.#options.nowUs() };
  }

  /** Sends on a data channel; false when it is not open or stuck. */
  send(channel: ChannelName, bytes: Uint8Array): boolean {
    return this.#channels.send(channel, bytes);
  }

  /** Ends the connection and frees its sockets, within a second. Idempotent; no event comes after it. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#events = undefined;
    this.#srtp = undefined;
    clearInterval(this.#reportTimer);
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_WITHIN_MS);
    });
    // werift may reject when a connection breaks while it is being closed: closed is what we wanted.
    await Promise.race([this.#offering.connection.close().catch(() => undefined), limit]);
    clearTimeout(timer);
  }

  #channelEvents(): DataChannelEvents | undefined {
    const events = this.#events;
    if (events === undefined) return undefined;
    return {
      onMessage: (channel, bytes) => {
        events.onMessage(channel, bytes);
      },
      onOpen: (channel) => {
        events.onChannelOpen(channel);
      },
      onRefused: () => {
        this.#malformedPackets += 1;
      },
    };
  }

  #watch(): void {
    const { connection } = this.#offering;
    // Media may flow as soon as DTLS is through; werift's own 'connected' waits for SCTP too.
    this.#dtls.onStateChange.subscribe((state) => {
      if (state === 'connected') this.#onConnected();
      else if (state === 'closed') this.#setState('closed');
      else if (state === 'failed') this.#setState('failed');
    });
    connection.connectionStateChange.subscribe((state) => {
      if (state === 'failed' || state === 'closed') this.#setState(state);
    });
    connection.onIceCandidate.subscribe((candidate) => {
      const line = candidate?.candidate ?? '';
      if (line !== '' && !isWantedCandidate(line, this.#options.ice.hostAddresses)) return;
      this.#events?.onCandidate({
        candidate: line,
        sdpMid: candidate?.sdpMid ?? null,
        sdpMLineIndex: candidate?.sdpMLineIndex ?? null,
      });
    });
  }

  #onConnected(): void {
    if (this.#closing !== undefined) return;
    this.#srtp = new SrtpSender(srtpKeys(this.#dtls));
    takeOverRtcp(this.#dtls, (compound) => {
      const { messages, malformedPackets } = parseRtcp(compound);
      this.#malformedPackets += malformedPackets;
      for (const message of messages) this.#onRtcp(message);
    });
    this.#liveness?.connected(this.#nowMs());
    this.#setState('connected');
  }

  #setState(state: PeerConnectionState): void {
    const isOver = this.#state === 'closed' || this.#state === 'failed';
    if (isOver || this.#state === state) return;
    this.#state = state;
    this.#events?.onState(state);
  }

  #onRtcp(message: RtcpMessage): void {
    const nowUs = this.#options.nowUs();
    switch (message.kind) {
      case 'twcc':
        this.#events?.onFeedback(this.#sendHistory.resolve(message.feedback), nowUs);
        return;
      case 'nack':
        this.#video?.resend(message.sequenceNumbers, nowUs);
        return;
      case 'pli':
      case 'fir':
        this.#events?.onKeyframeRequest();
        return;
      case 'report':
        for (const report of message.reports) {
          if (report.ssrc !== this.#video?.counters.ssrc) continue;
          this.#lossRatio = report.lossRatio;
          this.#rttMs = roundTripMs(report, nowUs) ?? this.#rttMs;
        }
        return;
      case 'bye':
        // A receiver that stops receiving says so over DTLS or SCTP too; RTCP BYE alone may be about one stream.
        return;
    }
  }

  #tick(): void {
    const liveness = this.#liveness?.look(receivedOnSelectedPair(this.#dtls), this.#nowMs());
    if (liveness !== undefined && liveness !== 'connecting') this.#setState(liveness);
    if (this.#srtp === undefined || this.#closing !== undefined) return;
    const nowUs = this.#options.nowUs();
    if (this.#video !== undefined) this.#report(this.#video.counters, nowUs, videoTimestamp(nowUs));
    if (this.#audio !== undefined && this.#lastAudio !== undefined) {
      const { timestamp, sentUs } = this.#lastAudio;
      this.#report(this.#audio.counters, nowUs, timestamp + ((nowUs - sentUs) * 48) / 1000);
    }
  }

  #report(counters: StreamCounters, nowUs: number, timestamp: number): void {
    if (counters.packetCount === 0) return;
    const bytes = encodeSenderReport({
      ssrc: counters.ssrc,
      ntp: ntpFromUnixUs(nowUs),
      rtpTimestamp: Math.floor(timestamp),
      packetCount: counters.packetCount,
      octetCount: counters.octetCount,
      cname: this.#cname,
    });
    const datagram = this.#dtls.srtcp.encrypt(bytes);
    sendOnSelectedPair(this.#dtls, datagram);
  }

  #nowMs(): number {
    return this.#options.nowUs() / 1000;
  }
}

/** RTP timestamp of a moment: 90 kHz ticks, modulo 2^32. */
export function videoTimestamp(us: number): number {
  return Math.round(us * 0.09) % 2 ** 32;
}

function describeNoAddress({ hostAddresses, portRange }: IceOptions): string {
  const ports = portRange === null ? 'UDP port' : `UDP port of ${portRange.join('-')}`;
  const addresses = hostAddresses.length === 0 ? 'any address' : hostAddresses.join(', ');
  return `no ${ports} is free on ${addresses}`;
}
