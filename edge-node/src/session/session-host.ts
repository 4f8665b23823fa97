// One session's host: warm -> taken -> live -> closing. Started children first to last: video source, input, sound, spare peer; closed in
// the reverse order: player, spare peer, sound, input, video source.
import { background, type Logger } from '@perigee/kit';
import {
  errorMessage,
  type EdgeToPlayerControl,
  type ErrorCode,
  type PeerId,
  type Resolution,
  type TitleInfo,
  type VideoCodec,
} from '@perigee/protocol';
import type { EncodedFrame, VideoSource } from '../capture/video-source.ts';
import type { CongestionController } from '../congestion/congestion-controller.ts';
import { InputApplier } from '../input/input-applier.ts';
import type { PacketFeedback } from '../rtp/send-history.ts';
import type { PeerConnectionState } from '../transport/webrtc-peer.ts';
import type { AgentToHost } from './ipc.ts';
import { KeyframeArbiter } from './keyframe-arbiter.ts';
import { SessionPeer } from './peer.ts';
import type { Input, PeerConnection, SessionParts, Sound } from './session-parts.ts';
import { SessionStats } from './stats.ts';

export type SessionHostState = 'starting' | 'warm' | 'taken' | 'live' | 'closing';

const STATS_INTERVAL_MS = 1000;
/** The last message must reach the browser before the connection closes (chosen: a round trip and a bit). */
const GOODBYE_MS = 150;
const CLOSE_WITHIN_MS = 2000;
const CONTROL_INTERVAL_US = 100_000;
/** Smaller changes of the target are not worth a message to the encoder. */
const MIN_TARGET_CHANGE_RATIO = 0.02;

/** Messages of the agent in, media of one title out. Needs no agent in tests: everything it touches is in `SessionParts`. */
export class SessionHost {
  readonly #parts: SessionParts;
  readonly #logger: Logger;
  readonly #stats: SessionStats;
  readonly #keyframes: KeyframeArbiter;
  #state: SessionHostState = 'starting';
  #source: VideoSource | undefined;
  #input: Input | undefined;
  #applier: InputApplier | undefined;
  #sound: Sound | undefined;
  #spare: Promise<PeerConnection> | undefined;
  #player: SessionPeer | undefined;
  #peersAsked = 0;
  #controller: CongestionController;
  #controlledUs = 0;
  #targetBitrateBps = 0;
  #resolution: Resolution;
  #title: TitleInfo | undefined;
  #titleState: 'starting' | 'running' | 'ended' = 'starting';
  #isTaken = false;
  /** Whether a player was ever connected. */
  #wasLive = false;
  #cancelStats: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(parts: SessionParts, resolution: Resolution) {
    this.#parts = parts;
    this.#logger = parts.logger;
    this.#resolution = resolution;
    this.#stats = new SessionStats(parts.time.nowMs());
    this.#controller = parts.createController();
    this.#keyframes = new KeyframeArbiter(parts.time, () => {
      this.#source?.requestKeyframe();
    });
  }

  get state(): SessionHostState {
    return this.#state;
  }

  /** Opens everything and tells the agent `ready`; tells `fatal` when something does not open. */
  async start(): Promise<void> {
    try {
      await this.#open();
    } catch (error) {
      this.#logger.error({ err: error }, 'session host could not start');
      this.fail(codeOf(error), String(error));
    }
  }

  /** Handles one message of the agent. */
  handle(message: AgentToHost): void {
    if (this.#closing !== undefined) return;
    switch (message.type) {
      case 'take':
        background('take', this.#take(message.title), this.#logger);
        return;
      case 'createPeer':
        background('create peer', this.#createPeer(message.peerId), this.#logger);
        return;
      case 'answer':
        if (this.#player?.peerId === message.peerId) this.#player.accept(message.sdp);
        return;
      case 'candidate':
        if (this.#player?.peerId === message.peerId) this.#player.addCandidate(message);
        return;
      case 'titleState':
        this.#titleState = message.state;
        this.#player?.tell({ type: 'titleState', state: message.state });
        return;
      case 'close':
        background('close', this.close(message), this.#logger);
    }
  }

  /** Tells the agent that the session cannot go on, and closes. */
  fail(code: ErrorCode, detail: string): void {
    if (this.#closing !== undefined) return;
    this.#parts.send({ type: 'fatal', code, detail: detail.slice(0, 2000) });
    const end = { code, message: errorMessage(code).message, logTail: [] };
    background('close', this.close(end, 1), this.#logger);
  }

  /** Tells the player why, then closes everything, children first, within about two seconds. Idempotent. */
  close(
    end: { code: ErrorCode; message: string; logTail: readonly string[] },
    exitCode = 0,
  ): Promise<void> {
    this.#closing ??= this.#close(end, exitCode);
    return this.#closing;
  }

  async #open(): Promise<void> {
    const source = this.#parts.createSource({
      onFrame: (frame) => {
        this.#onFrame(frame);
      },
      onFirstChange: () => {
        if (this.#isTaken) this.#parts.send({ type: 'drew' });
      },
      onEnded: ({ code, detail }) => {
        this.fail(code === 'display-lost' ? 'display-lost' : 'session-crashed', detail);
      },
      onStats: (stats) => {
        this.#stats.onSourceStats(stats);
      },
    });
    this.#source = source;
    this.#prepareSpare();
    const [input] = await Promise.all([
      this.#parts.openInput(() => this.#resolution),
      source.start(),
      this.#spare,
    ]);
    this.#input = input;
    this.#applier = new InputApplier(input.injector, input.text);
    this.#openSound();
    if (this.#closing !== undefined) {
      await this.#closeChildren(); // closed while it was opening: what came since must go too
      return;
    }
    this.#state = 'warm';
    const { name, rejected } = source.encoder;
    this.#logger.info({ encoder: name, rejected, input: input.injector.kind }, 'warm');
    const otherCodecs = this.#parts.tryOtherCodecs();
    this.#parts.send({ type: 'ready', encoder: name, rejected, otherCodecs });
  }

  /** A session without sound is better than none. */
  #openSound(): void {
    try {
      this.#sound = this.#parts.openSound?.({
        onPacket: (packet) => {
          this.#player?.sendSound(packet);
        },
        onGap: ({ detail, retryMs }) => {
          this.#logger.warn({ detail, retryMs }, 'sound interrupted');
        },
      });
    } catch (error) {
      this.#logger.warn({ err: error }, 'no sound');
    }
  }

  /** The next peer's offer is made ahead of time. */
  #prepareSpare(): void {
    this.#spare ??= this.#parts.createPeer();
    // Its failure is told to whoever takes it.
    this.#spare.catch(() => undefined);
  }

  async #take(title: TitleInfo): Promise<void> {
    if (this.#state !== 'warm') return;
    this.#state = 'taken';
    this.#title = title;
    try {
      this.#resolution =
        (await this.#source?.resize(title.resolution, title.fps)) ?? this.#resolution;
    } catch (error) {
      this.fail('display-lost', String(error));
      return;
    }
    if (this.#closing !== undefined) return;
    this.#isTaken = true;
    this.#parts.send({ type: 'taken', resolution: this.#resolution });
    this.#tellStreamInfo();
  }

  async #createPeer(peerId: PeerId): Promise<void> {
    const applier = this.#applier;
    if (applier === undefined) return;
    // The newest peer is the player: the one before it is told by signaling.
    const previous = this.#player;
    this.#player = undefined;
    this.#stopFlow();
    if (previous !== undefined) background('close peer', previous.close(), this.#logger);
    this.#prepareSpare();
    const taken = this.#spare;
    this.#spare = undefined;
    const number = ++this.#peersAsked;
    try {
      const connection = await taken;
      if (connection === undefined) return;
      if (this.#closing !== undefined || number !== this.#peersAsked) {
        await connection.close(); // a newer one was asked for meanwhile
        return;
      }
      this.#player = this.#newPlayer(peerId, connection, applier);
      this.#parts.send({ type: 'offer', peerId, sdp: connection.offerSdp });
    } catch (error) {
      this.#logger.error({ err: error, peerId }, 'peer could not be made');
      this.#parts.send({ type: 'peerState', peerId, state: 'failed' });
    }
  }

  #newPlayer(peerId: PeerId, connection: PeerConnection, applier: InputApplier): SessionPeer {
    this.#stats.onNewPeer();
    this.#controller = this.#parts.createController();
    const peer: SessionPeer = new SessionPeer({
      peerId,
      connection,
      applier,
      nowUs: this.#parts.nowUs,
      logger: this.#logger,
      events: {
        onState: (state) => {
          this.#onPeerState(peer, state);
        },
        onCandidate: (candidate) => {
          this.#parts.send({ type: 'candidate', peerId, ...candidate });
        },
        onCodec: (codec) => {
          background('set codec', this.#setCodec(codec), this.#logger);
        },
        onControlOpen: () => {
          this.#tellStreamInfo();
          this.#player?.tell({ type: 'titleState', state: this.#titleState });
        },
        onKeyframeRequest: () => {
          this.#keyframes.request();
        },
        onFeedback: (packets, nowUs) => {
          this.#onFeedback(packets, nowUs);
        },
        onInjected: (eventSequence) => {
          this.#source?.noteInput(eventSequence);
        },
        onRefusedAnswer: (code) => {
          // Who comes to a running session and cannot see it must not end it.
          if (this.#wasLive) this.#onPeerState(peer, 'failed');
          else this.fail(code, 'the first answer of the session was refused');
        },
      },
    });
    return peer;
  }

  #onPeerState(peer: SessionPeer, state: PeerConnectionState): void {
    if (this.#player !== peer) return;
    this.#logger.info({ peerId: peer.peerId, state }, 'peer state');
    if (state === 'connected') this.#startFlow();
    else this.#stopFlow();
    if (state === 'closed' || state === 'failed') {
      this.#player = undefined;
      background('close peer', peer.close(), this.#logger);
      this.#prepareSpare();
    }
    this.#parts.send({ type: 'peerState', peerId: peer.peerId, state });
  }

  #startFlow(): void {
    if (this.#state === 'taken') this.#state = 'live';
    this.#wasLive = true;
    this.#followController(this.#parts.nowUs());
    this.#source?.resume();
    this.#keyframes.join();
    this.#sound?.start();
    this.#scheduleStats();
    // After the first picture is on its way: the next player's offer.
    this.#prepareSpare();
  }

  #stopFlow(): void {
    if (this.#state === 'live') this.#state = 'taken';
    this.#source?.pause();
    this.#sound?.stop();
    this.#keyframes.close();
    this.#cancelStats?.();
    this.#cancelStats = undefined;
  }

  #onFrame(frame: EncodedFrame): void {
    const sent = this.#player?.sendFrame(frame);
    if (sent === undefined) return;
    const sentUs = this.#parts.nowUs();
    this.#stats.onFrameSent({ captureUs: frame.captureUs, sentUs });
    this.#controller.onFrameSent({ sentUs, ...sent });
  }

  #onFeedback(packets: readonly PacketFeedback[], nowUs: number): void {
    this.#controller.onFeedback({ nowUs, packets });
    if (nowUs - this.#controlledUs >= CONTROL_INTERVAL_US) this.#followController(nowUs);
  }

  #followController(nowUs: number): void {
    this.#controlledUs = nowUs;
    const { targetBitrateBps } = this.#controller.onTick(nowUs);
    const change = Math.abs(targetBitrateBps - this.#targetBitrateBps);
    if (change <= MIN_TARGET_CHANGE_RATIO * this.#targetBitrateBps) return;
    this.#targetBitrateBps = targetBitrateBps;
    this.#source?.setTargetBitrate(targetBitrateBps);
  }

  /** The encoder's name changes with the codec, so the player is told again. */
  async #setCodec(codec: VideoCodec): Promise<void> {
    await this.#source?.setCodec(codec);
    this.#tellStreamInfo();
  }

  #tellStreamInfo(): void {
    const title = this.#title;
    const codec = this.#player?.codec;
    if (title === undefined || codec === undefined || !this.#isTaken) return;
    const message: EdgeToPlayerControl = {
      type: 'streamInfo',
      resolution: this.#resolution,
      fps: title.fps,
      codec,
      encoder: this.#source?.encoder.name ?? '',
      input: [...title.input],
    };
    this.#player?.tell(message);
  }

  #scheduleStats(): void {
    this.#cancelStats?.();
    this.#cancelStats = this.#parts.time.after(STATS_INTERVAL_MS, () => {
      this.#tellStats();
      this.#scheduleStats();
    });
  }

  #tellStats(): void {
    const player = this.#player;
    if (player === undefined) return;
    const { forAgent, forPlayer } = this.#stats.take(this.#parts.time.nowMs(), {
      connection: player.stats,
      targetBitrateBps: this.#targetBitrateBps,
      malformedPackets: player.refusedMessages,
    });
    this.#parts.send(forAgent);
    player.tell(forPlayer);
  }

  async #close(
    end: { code: ErrorCode; message: string; logTail: readonly string[] },
    exitCode: number,
  ): Promise<void> {
    this.#state = 'closing';
    this.#stopFlow();
    this.#applier?.releaseAll();
    if (this.#player?.state === 'connected') {
      const { code, message, logTail } = end;
      this.#player.tell({ type: 'sessionEnding', code, message, logTail: [...logTail] });
      await this.#pause(GOODBYE_MS);
    }
    await Promise.race([this.#closeChildren(), this.#pause(CLOSE_WITHIN_MS)]);
    this.#parts.onClosed(exitCode);
  }

  async #closeChildren(): Promise<void> {
    const player = this.#player;
    this.#player = undefined;
    await this.#quietly('peer', player?.close());
    await this.#quietly(
      'spare peer',
      this.#spare?.then((spare) => spare.close()),
    );
    this.#sound?.close();
    this.#input?.close();
    await this.#quietly('video source', this.#source?.close());
  }

  async #quietly(what: string, closing: Promise<void> | undefined): Promise<void> {
    try {
      await closing;
    } catch (error) {
      this.#logger.warn({ err: error, what }, 'did not close');
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#parts.time.after(ms, resolve);
    });
  }
}

/** Which sentence the player sees when the host cannot start. */
function codeOf(error: unknown): ErrorCode {
  const isDisplay =
    typeof error === 'object' && error !== null && 'code' in error && error.code === 'display-lost';
  return isDisplay ? 'display-lost' : 'edge-internal';
}
