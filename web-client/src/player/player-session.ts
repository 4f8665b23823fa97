// The player's side of a session: opens the link, answers the edge, notices what breaks and tries to get it back. Everything that touches
// the browser (socket, peer connection, storage, clock, chance) is passed in, so that the rules below are tested without one.
import {
  CLOSE_CODES,
  DEFAULT_RESUME_WINDOW_MS,
  ERROR_CODES,
  PROTOCOL_VERSION_RANGE,
  type Capabilities,
  type EdgeToPlayerControl,
  type ErrorCode,
  type SignalingToPlayer,
  type TitleId,
} from '@perigee/protocol';
import { describeFailure, type Failure, type FailureCode } from '../failures/failure-table.ts';
import type { Offer, Peer, PeerHandlers } from './peer.ts';
import { reconnectDelayMs } from './reconnect-policy.ts';
import type { ResumeStore } from './resume-store.ts';
import type { Link, LinkHandlers } from './signaling-link.ts';

/** What is being waited for, in order; each is a sentence on the page. */
export type ConnectStep = 'opening' | 'placing' | 'queued' | 'starting' | 'media' | 'picture';

export type PlayerState =
  | {
      readonly name: 'connecting';
      readonly step: ConnectStep;
      readonly queuePosition: number | null;
      readonly isResuming: boolean;
    }
  | { readonly name: 'live' }
  /** The picture stands still; `untilMs` is when the edge gives the session up (clock of `nowMs`). */
  | { readonly name: 'reconnecting'; readonly untilMs: number }
  | { readonly name: 'failed'; readonly failure: Failure };

/** Something to say in passing while the stream goes on. */
export type Notice = 'link-lost' | 'fresh-start';

/** The marks of a start, in the order in which they fall. */
export type SessionMark = 'wsOpen' | 'welcome' | 'offer' | 'answerSent' | 'iceConnected';

export type SessionDependencies = {
  readonly titleId: TitleId;
  readonly capabilities: () => Capabilities;
  readonly store: ResumeStore;
  readonly nowMs: () => number;
  /** 0 <= value < 1. */
  readonly random: () => number;
  /** Calls `run` once after `delayMs`; the returned function cancels it. */
  readonly setTimer: (delayMs: number, run: () => void) => () => void;
  readonly openLink: (handlers: LinkHandlers) => Link;
  readonly openPeer: (offer: Offer, handlers: PeerHandlers) => Peer;
};

export type SessionEvents = {
  readonly onState: (state: PlayerState) => void;
  readonly onNotice: (notice: Notice | null) => void;
  readonly onOffer: (offer: Offer) => void;
  readonly onTrack: (track: MediaStreamTrack) => void;
  readonly onControl: (message: EdgeToPlayerControl) => void;
  readonly onTelemetry: (bytes: Uint8Array) => void;
  readonly onMark: (mark: SessionMark) => void;
};

/** Time for the socket to open and for the server to say welcome. */
export const LINK_TIME_LIMIT_MS = 8_000;
/** From the answer to a connected ICE and DTLS; after that UDP counts as blocked. */
export const MEDIA_TIME_LIMIT_MS = 10_000;
/** How long a broken path may heal by itself before the page asks for a new one. Chosen: browsers take some 5 s to notice at all. */
export const INTERRUPTION_GRACE_MS = 1_500;
/** Before there is a session, the server is given up on after this many attempts. */
export const MAX_FIRST_ATTEMPTS = 4;
const GOODBYE_LINGER_MS = 150;

const CLOSE_CODE_FAILURES: Readonly<Partial<Record<number, ErrorCode>>> = {
  [CLOSE_CODES.badMessage]: 'bad-message',
  [CLOSE_CODES.tooLarge]: 'bad-message',
  [CLOSE_CODES.unsupportedVersion]: 'unsupported-version',
  [CLOSE_CODES.takenOver]: 'taken-over',
  [CLOSE_CODES.rateLimited]: 'rate-limited',
};

/** One player's run of one title, from the first hello to its end. Not reused: `close()` or a failure ends it. */
export class PlayerSession {
  readonly #deps: SessionDependencies;
  readonly #events: SessionEvents;
  readonly #timers = new Map<'link' | 'media' | 'grace' | 'retry', () => void>();
  #state: PlayerState = {
    name: 'connecting',
    step: 'opening',
    queuePosition: null,
    isResuming: false,
  };
  #link: Link | undefined;
  #peer: Peer | undefined;
  #offer: Offer | undefined;
  #sessionId: Offer['sessionId'] | undefined;
  #attempt = 0;
  #sentToken: string | undefined;
  #isMediaConnected = false;
  #isClosed = false;

  constructor(deps: SessionDependencies, events: SessionEvents) {
    this.#deps = deps;
    this.#events = events;
  }

  get state(): PlayerState {
    return this.#state;
  }
  get sessionId(): string | null {
    return this.#sessionId ?? null;
  }
  get peerId(): string | null {
    return this.#offer?.peerId ?? null;
  }
  get peer(): Peer | undefined {
    return this.#peer;
  }
  get offer(): Offer | undefined {
    return this.#offer;
  }

  /** Opens the link and asks for the title (or for the running session, when this browser holds its token). */
  start(): void {
    this.#connect();
  }

  /** The page calls this when a frame of the current peer was presented. */
  pictureShown(): void {
    if (this.#isClosed || !this.#isMediaConnected) return;
    if (this.#state.name !== 'connecting' && this.#state.name !== 'reconnecting') return;
    if (this.#timers.has('grace')) return; // a last picture of a path that is broken
    this.#attempt = 0;
    this.#setState({ name: 'live' });
  }

  /** Nothing comes back on a path that the browser still takes for connected. */
  pathSilent(): void {
    if (this.#state.name === 'live') this.#mediaLost('media-failed');
  }

  /** Ends the session for good as the player asked, and says that it has ended. */
  end(): void {
    if (this.#isClosed) return;
    this.leave();
    this.#setState({ name: 'failed', failure: { code: 'player-left', logTail: [] } });
  }

  /** Ends the session for good, on the edge too. */
  leave(): void {
    if (this.#isClosed) return;
    if (this.#sessionId !== undefined)
      this.#link?.send({ type: 'leave', sessionId: this.#sessionId });
    this.#peer?.sendControl({ type: 'goodbye' });
    this.#deps.store.clear();
    const peer = this.#peer;
    this.#peer = undefined;
    this.#deps.setTimer(GOODBYE_LINGER_MS, () => peer?.close());
    this.close();
  }

  /** Stops here and leaves the session running on the edge, to be resumed. Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#clearTimers();
    this.#peer?.close();
    this.#link?.close();
  }

  #setState(state: PlayerState): void {
    this.#state = state;
    this.#events.onState(state);
  }

  #setStep(step: ConnectStep, queuePosition: number | null = null): void {
    if (this.#state.name !== 'connecting') return;
    this.#setState({ ...this.#state, step, queuePosition });
  }

  #setTimer(name: 'link' | 'media' | 'grace' | 'retry', delayMs: number, run: () => void): void {
    this.#clearTimer(name);
    const cancel = this.#deps.setTimer(delayMs, () => {
      this.#timers.delete(name);
      if (!this.#isClosed) run();
    });
    this.#timers.set(name, cancel);
  }

  #clearTimer(name: 'link' | 'media' | 'grace' | 'retry'): void {
    this.#timers.get(name)?.();
    this.#timers.delete(name);
  }

  #clearTimers(): void {
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  #connect(): void {
    this.#link?.close();
    this.#sentToken = this.#deps.store.load();
    if (this.#state.name === 'connecting') {
      this.#setState({
        ...this.#state,
        step: 'opening',
        isResuming: this.#sentToken !== undefined,
      });
    }
    const link = this.#deps.openLink({
      onOpen: () => {
        this.#events.onMark('wsOpen');
        link.send({
          type: 'hello',
          versions: PROTOCOL_VERSION_RANGE,
          titleId: this.#deps.titleId,
          capabilities: this.#deps.capabilities(),
          ...(this.#sentToken === undefined ? {} : { resumeToken: this.#sentToken }),
        });
      },
      onMessage: (message) => {
        this.#receive(message);
      },
      onClose: (code) => {
        this.#linkClosed(code);
      },
    });
    this.#link = link;
    this.#setTimer('link', LINK_TIME_LIMIT_MS, () => {
      link.close();
      this.#linkClosed(1006);
    });
  }

  #receive(message: SignalingToPlayer): void {
    switch (message.type) {
      case 'welcome':
        this.#clearTimer('link');
        this.#sessionId = message.sessionId;
        this.#events.onMark('welcome');
        this.#setStep('placing');
        break;
      case 'candidateSites':
        // Nothing is probed yet: an empty result says so, and signaling places without measurements.
        this.#link?.send({ type: 'probeResults', round: message.round, results: [] });
        break;
      case 'sessionUpdate':
        if (message.state === 'queued') this.#setStep('queued', message.queuePosition);
        else if (message.state === 'placing') this.#setStep('placing');
        else if (message.state === 'starting' && this.#peer === undefined)
          this.#setStep('starting');
        break;
      case 'offer':
        this.#takeOffer(message);
        break;
      case 'candidate':
        if (message.peerId === this.#offer?.peerId) this.#peer?.addCandidate(message);
        break;
      case 'sessionEnded':
        this.#fail(message.code, message.logTail);
        break;
      case 'peerClosed':
        if (message.peerId !== this.#offer?.peerId) break; // an earlier peer of ours, replaced by this one
        if (message.code === 'taken-over') this.#fail('taken-over');
        else this.#mediaLost(message.code);
        break;
      case 'error':
        this.#refused(message.code);
        break;
    }
  }

  #takeOffer(offer: Offer): void {
    this.#clearTimer('link');
    this.#clearTimer('grace');
    this.#events.onMark('offer');
    if (this.#sentToken !== undefined && !offer.resumed) this.#events.onNotice('fresh-start');
    else this.#events.onNotice(null);
    this.#deps.store.save(offer.resumeToken);
    this.#offer = offer;
    this.#sessionId = offer.sessionId;
    this.#peer?.close();
    this.#isMediaConnected = false;
    this.#events.onOffer(offer);
    this.#setStep('media');
    this.#setTimer('media', MEDIA_TIME_LIMIT_MS, () => {
      this.#mediaLost('media-failed');
    });
    this.#peer = this.#deps.openPeer(offer, this.#peerHandlers(offer));
  }

  #peerHandlers(offer: Offer): PeerHandlers {
    const ids = { sessionId: offer.sessionId, peerId: offer.peerId };
    return {
      onAnswer: (sdp) => {
        this.#link?.send({ type: 'answer', ...ids, sdp });
        this.#events.onMark('answerSent');
      },
      onCandidate: (candidate) => {
        this.#link?.send({ type: 'candidate', ...ids, ...candidate });
      },
      onNegotiationFailed: (reason) => {
        this.#fail(reason === 'refused' ? 'unsupported-browser' : 'internal');
      },
      onMedia: (state) => {
        this.#mediaChanged(state);
      },
      onTrack: this.#events.onTrack,
      onTelemetry: this.#events.onTelemetry,
      onControl: (message) => {
        if (message.type === 'sessionEnding') this.#fail(message.code, message.logTail);
        else this.#events.onControl(message);
      },
    };
  }

  #mediaChanged(state: 'connected' | 'interrupted' | 'failed'): void {
    if (this.#isClosed) return;
    if (state === 'connected') {
      this.#isMediaConnected = true;
      this.#clearTimer('media');
      this.#clearTimer('grace');
      this.#events.onMark('iceConnected');
      this.#setStep('picture');
    } else if (state === 'failed') {
      this.#mediaLost('media-failed');
    } else {
      this.#setTimer('grace', INTERRUPTION_GRACE_MS, () => {
        this.#mediaLost('media-failed');
      });
    }
  }

  /** The path to the edge is gone (or was never there): within the resume window the session is asked for again. */
  #mediaLost(code: FailureCode): void {
    if (this.#isClosed) return;
    const wasConnected = this.#isMediaConnected;
    this.#isMediaConnected = false;
    this.#peer?.close();
    this.#peer = undefined;
    this.#clearTimer('media');
    this.#clearTimer('grace');
    if (this.#state.name === 'connecting' && !wasConnected) this.#fail(code);
    else this.#reconnect(code);
  }

  #reconnect(reason: FailureCode): void {
    if (this.#state.name !== 'reconnecting') {
      this.#attempt = 0;
      this.#events.onNotice(null);
      this.#setState({
        name: 'reconnecting',
        untilMs: this.#deps.nowMs() + DEFAULT_RESUME_WINDOW_MS,
      });
    }
    this.#retry(reason);
  }

  /** Tries again after a growing pause, as long as the state allows; `reason` is what is shown when it no longer does. */
  #retry(reason: FailureCode): void {
    const delayMs = reconnectDelayMs(this.#attempt, this.#deps.random());
    const isOver =
      this.#state.name === 'reconnecting'
        ? this.#deps.nowMs() + delayMs >= this.#state.untilMs
        : this.#attempt >= MAX_FIRST_ATTEMPTS;
    if (isOver) {
      this.#fail(reason);
      return;
    }
    this.#attempt++;
    this.#setTimer('retry', delayMs, () => {
      this.#connect();
    });
  }

  #linkClosed(code: number): void {
    if (this.#isClosed) return;
    this.#clearTimer('link');
    if (this.#isMediaConnected) {
      const known = code === CLOSE_CODES.takenOver ? 'taken-over' : undefined;
      if (known !== undefined) this.#fail(known);
      else if (this.#state.name === 'live') this.#events.onNotice('link-lost');
      return; // the stream does not need the server
    }
    if (this.#timers.has('retry')) return;
    const failure = CLOSE_CODE_FAILURES[code];
    if (
      failure !== undefined &&
      (!ERROR_CODES[failure].retryable || this.#state.name === 'connecting')
    ) {
      this.#fail(failure);
      return;
    }
    this.#peer?.close();
    this.#peer = undefined;
    this.#clearTimer('media');
    if (this.#state.name === 'connecting' && this.#attempt === 0) this.#attempt = 1; // the first try was at once
    this.#retry('server-unreachable');
  }

  /** The server said no to what was asked last. */
  #refused(code: ErrorCode): void {
    if (this.#isMediaConnected) return; // it closes the link next, which is dealt with there
    this.#clearTimer('link');
    if (code === 'resume-expired') {
      this.#deps.store.clear();
      if (this.#state.name === 'connecting' && this.#sentToken !== undefined) {
        this.#connect(); // a token from an earlier visit: the player asked for the title, not for that session
        return;
      }
    }
    if (this.#state.name === 'reconnecting' && ERROR_CODES[code].retryable) {
      this.#link?.close();
      this.#retry(code);
      return;
    }
    this.#fail(code);
  }

  #fail(code: FailureCode, logTail: readonly string[] = []): void {
    if (this.#isClosed) return;
    if (describeFailure(code).endsSession) this.#deps.store.clear();
    this.close();
    this.#setState({ name: 'failed', failure: { code, logTail } });
  }
}
