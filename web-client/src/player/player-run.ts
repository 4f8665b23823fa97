// One run of a title in this page: puts the session, the picture, sound, input and figures together and shows what happens. After a failure
// or a new try there is a new run.
import {
  decodeInputAck,
  inputRttMs,
  type EdgeToPlayerControl,
  type InputKind,
  type TitleId,
} from '@perigee/protocol';
import type { CatalogueTitle } from '../catalogue/catalogue-model.ts';
import { listen } from '../dom.ts';
import type { Failure } from '../failures/failure-table.ts';
import { attachInput, type Input } from '../input/attach-input.ts';
import { isStatsShortcut } from '../input/browser-keys.ts';
import { createInputLoop, type InputLoop } from '../input/input-loop.ts';
import type { Size } from '../input/letterbox.ts';
import { createStatsCollector, type StatsCollector } from '../stats/stats-collector.ts';
import { createStatsOverlay, type StatsOverlay } from '../stats/stats-overlay.ts';
import { STRINGS } from '../strings.ts';
import { publishHook } from '../test-hook.ts';
import { readCapabilities } from './capabilities.ts';
import { createFullscreen, type Fullscreen } from './fullscreen.ts';
import { createMarkBook } from './marks.ts';
import { createPathWatch } from './path-watch.ts';
import { openPeer, prepareConnection, type Offer } from './peer.ts';
import { createPicture, type PresentedFrame } from './picture.ts';
import { PlayerSession, type Notice, type PlayerState } from './player-session.ts';
import { createPlayerView, type PlayerView } from './player-view.ts';
import { refreshRateHz } from './refresh-rate.ts';
import { createResumeStore, windowStorages } from './resume-store.ts';
import { openLink, signalingUrl } from './signaling-link.ts';
import { createSound, type SoundState } from './sound.ts';
import { createWakeLock } from './wake-lock.ts';

const TEXT = STRINGS.player;
const TICK_MS = 1_000;
const PASSING_NOTICE_MS = 6_000;
/** Chosen: with a picture there, the edge's word on the title is one round trip away; without it the picture is shown. */
const TITLE_STATE_LIMIT_MS = 1_500;

export type PlayerRunOptions = {
  readonly titleId: string;
  /** What the catalogue knew; undefined when the address was opened directly. */
  readonly title: CatalogueTitle | undefined;
  /** When the title was chosen, ms of performance.now(). */
  readonly tapAtMs: number;
  readonly onFailure: (failure: Failure) => void;
  /** The player wants to see the catalogue again. */
  readonly onLeave: () => void;
  readonly onName: (name: string) => void;
};

function setTimer(delayMs: number, run: () => void): () => void {
  const timer = setTimeout(run, delayMs);
  return () => {
    clearTimeout(timer);
  };
}

const nowMs = (): number => performance.now();

/** Shows a player in `element` and starts at once. */
export class PlayerRun {
  readonly #options: PlayerRunOptions;
  readonly #view: PlayerView;
  readonly #session: PlayerSession;
  readonly #loop: InputLoop;
  readonly #input: Input;
  readonly #overlay: StatsOverlay;
  readonly #stats: StatsCollector;
  readonly #fullscreen: Fullscreen;
  readonly #book = createMarkBook();
  readonly #wakeLock = createWakeLock();
  readonly #pathWatch = createPathWatch(nowMs);
  readonly #picture;
  readonly #sound;
  readonly #ticker: ReturnType<typeof setInterval>;
  readonly #stops: (() => void)[] = [];
  #prepared: RTCPeerConnection | undefined;
  #kinds: readonly InputKind[];
  #resolution: Size;
  #firstFramePresentedAtMs: number | null = null;
  #notice: Notice | 'lock' | null = null;
  /** Whether the edge said that the title is up, or said nothing for a while. */
  #isTitleUp = false;
  #titleStateTimer: (() => void) | undefined;
  #isClosed = false;

  constructor(options: PlayerRunOptions) {
    const { titleId, title } = options;
    this.#options = options;
    this.#kinds = title?.input ?? [];
    this.#resolution = title?.resolution ?? { width: 16, height: 9 };
    this.#book.note('tap', options.tapAtMs);
    this.#view = createPlayerView({ titleId, category: title?.category ?? '' });
    this.#setTitle(title ?? { titleId, name: titleId, category: '' });
    this.#overlay = createStatsOverlay();
    this.#view.stage.append(this.#overlay.element);
    this.#loop = createInputLoop({
      nowMs,
      setTimer,
      refreshIntervalMs: 1000 / refreshRateHz(),
      isAnswerOverdue: this.#pathWatch.isWaiting,
    });
    this.#stats = createStatsCollector(() => this.#session.peer?.connection, nowMs);
    this.#fullscreen = createFullscreen(
      this.#view.root,
      () => (this.#resolution.width >= this.#resolution.height ? 'landscape' : 'portrait'),
      (isOn) => {
        this.#view.setTool(
          'fullscreen',
          isOn
            ? { icon: 'leaveFullscreen', label: TEXT.leaveFullscreen }
            : { icon: 'fullscreen', label: TEXT.fullscreen },
        );
      },
    );
    this.#sound = createSound(this.#view.audio, (state) => {
      this.#showSound(state);
    });
    this.#picture = createPicture(this.#view.video, {
      onPacket: () => {
        this.#book.note('firstPacket');
      },
      onFrame: (frame) => {
        this.#frameShown(frame);
      },
    });
    this.#session = this.#createSession(titleId as TitleId);
    this.#input = this.#attachInput();
    this.#wireTools();
    this.#publish();
    this.#ticker = setInterval(() => {
      this.#tick();
    }, TICK_MS);
  }

  get element(): HTMLElement {
    return this.#view.root;
  }

  /** Connects. The element must be in the document, so that it can take the keyboard's focus. */
  start(): void {
    this.#session.start(); // first of all: everything below fits into the time that the socket takes
    this.#showTools();
    this.#view.stage.focus({ preventScroll: true });
    // While the socket opens: this wakes the browser's WebRTC threads.
    this.#prepared = prepareConnection();
  }

  /** The catalogue's answer came after the start. */
  describe(title: CatalogueTitle): void {
    if (this.#session.offer !== undefined || this.#isClosed) return;
    this.#setTitle(title);
    this.#kinds = title.input;
    this.#resolution = title.resolution;
    this.#showTools();
  }

  /** Stops here; the session goes on at the edge until it is resumed or times out. Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#ticker);
    for (const stop of this.#stops) stop();
    this.#loop.releaseAll();
    this.#loop.flush();
    this.#input.close();
    this.#loop.close();
    this.#session.close();
    this.#prepared?.close();
    this.#picture.close();
    this.#sound.close();
    this.#fullscreen.close();
    this.#wakeLock.set(false);
    this.#view.close();
  }

  #createSession(titleId: TitleId): PlayerSession {
    return new PlayerSession(
      {
        titleId,
        capabilities: () => readCapabilities({ refreshHz: refreshRateHz() }),
        store: createResumeStore(titleId, windowStorages()),
        nowMs,
        random: Math.random,
        setTimer,
        openLink: (handlers) => openLink(signalingUrl(location), handlers),
        openPeer: (offer, handlers) => {
          const prepared = this.#prepared;
          this.#prepared = undefined;
          return openPeer(offer, handlers, prepared);
        },
      },
      {
        onState: (state) => {
          this.#stateChanged(state);
        },
        onNotice: (notice) => {
          this.#setNotice(notice);
        },
        onOffer: (offer) => {
          this.#offered(offer);
        },
        onTrack: (track) => {
          if (track.kind === 'video') this.#picture.setTrack(track);
          else this.#sound.setTrack(track);
        },
        onControl: (message) => {
          this.#controlled(message);
        },
        onTelemetry: (bytes) => {
          this.#acknowledged(bytes);
        },
        onMark: (mark) => {
          this.#book.note(mark);
        },
      },
    );
  }

  #attachInput(): Input {
    const { stage, video, textField } = this.#view;
    return attachInput({
      stage,
      video,
      textField,
      sink: this.#loop,
      pictureSize: () =>
        video.videoWidth > 0
          ? { width: video.videoWidth, height: video.videoHeight }
          : this.#resolution,
      kinds: () => this.#kinds,
      isKeyboardLocked: this.#fullscreen.isKeyboardLocked,
      isActive: () => this.#session.state.name === 'live',
      onShortcut: (event) => {
        if (!isStatsShortcut(event)) return false;
        if (!event.repeat) this.#toggleStats();
        return true;
      },
      onLockChange: (isLocked) => {
        this.#view.setTool('lock', { isOn: isLocked });
        if (isLocked) this.#setNotice('lock');
        else if (this.#notice === 'lock') this.#setNotice(null);
      },
      onTextEntry: (isOpen) => {
        this.#view.setTool('keyboard', { isOn: isOpen });
        this.#view.setTyping(isOpen);
      },
    });
  }

  #wireTools(): void {
    const { tools, back, cancel, soundChip, handle, stage, endDialog, confirmEnd } = this.#view;
    const onClick = (button: HTMLElement, run: () => void): void => {
      this.#stops.push(listen(button, 'click', run));
      // The focus stays on the picture, so that Space and Enter go to the title and not to the last button.
      this.#stops.push(
        listen(button, 'mousedown', (event) => {
          event.preventDefault();
        }),
      );
    };
    onClick(back, this.#options.onLeave);
    onClick(cancel, () => {
      this.#session.leave();
      this.#options.onLeave();
    });
    onClick(confirmEnd, () => {
      this.#session.end();
    });
    onClick(handle, () => undefined);
    onClick(soundChip, () => {
      stage.focus({ preventScroll: true }); // the tap itself unlocks the sound
    });
    onClick(tools.sound, this.#sound.toggle);
    onClick(tools.keyboard, () => {
      const { textEntry } = this.#input;
      if (textEntry.isOpen()) textEntry.dismiss(stage);
      else textEntry.open();
    });
    onClick(tools.lock, this.#input.toggleLock);
    onClick(tools.stats, () => {
      this.#toggleStats();
    });
    onClick(tools.fullscreen, this.#fullscreen.toggle);
    onClick(tools.end, () => {
      endDialog.showModal();
    });
    this.#stops.push(
      listen(endDialog, 'close', () => {
        stage.focus({ preventScroll: true });
      }),
    );
  }

  #publish(): void {
    const session = (): PlayerSession => this.#session;
    const video = this.#view.video;
    const firstFrame = (): number | null => this.#firstFramePresentedAtMs;
    const marks = this.#book.marks;
    const stats = this.#stats.snapshot;
    publishHook({
      get state() {
        return session().state.name;
      },
      get failureCode() {
        const { state } = session();
        return state.name === 'failed' ? state.failure.code : null;
      },
      get sessionId() {
        return session().sessionId;
      },
      get peerId() {
        return session().peerId;
      },
      get pc() {
        return session().peer?.connection ?? null;
      },
      video,
      get firstFramePresentedAtMs() {
        return firstFrame();
      },
      marks,
      stats,
      requestKeyframe: () => {
        if (session().state.name === 'live')
          session().peer?.sendControl({ type: 'requestKeyframe' });
      },
    });
  }

  #setTitle(title: { titleId: string; name: string; category: string }): void {
    this.#view.setTitle(title);
    this.#options.onName(title.name);
  }

  #showTools(): void {
    const hasTouch = navigator.maxTouchPoints > 0;
    const hasMouse = !hasTouch || matchMedia('(any-pointer: fine)').matches;
    this.#view.setTool('sound', { isShown: this.#sound.state() !== 'none' });
    this.#view.setTool('keyboard', {
      isShown: hasTouch && this.#kinds.includes('keyboard'),
      isOn: false,
    });
    this.#view.setTool('lock', { isShown: hasMouse && this.#kinds.includes('mouse'), isOn: false });
    this.#view.setTool('fullscreen', { isShown: this.#fullscreen.isAvailable });
    this.#view.setTool('stats', { isOn: this.#overlay.isOpen() });
  }

  #stateChanged(state: PlayerState): void {
    const secondsLeft =
      state.name === 'reconnecting' ? Math.max(0, Math.ceil((state.untilMs - nowMs()) / 1000)) : 0;
    if (state.name === 'live' && !this.#isTitleUp && this.#titleStateTimer === undefined)
      this.#expectTitle(TITLE_STATE_LIMIT_MS);
    this.#view.setState(state, secondsLeft, state.name === 'live' && !this.#isTitleUp);
    this.#wakeLock.set(state.name === 'live');
    this.#showSound(this.#sound.state());
    if (state.name === 'failed') this.#options.onFailure(state.failure);
  }

  #offered(offer: Offer): void {
    this.#setTitle(offer.title);
    this.#kinds = offer.title.input;
    this.#resolution = offer.title.resolution;
    this.#stats.begin(offer.reason.sentence);
    this.#pathWatch.reset();
    this.#loop.connect((bytes) => this.#sendInput(bytes));
    this.#showTools();
  }

  #sendInput(bytes: Uint8Array<ArrayBuffer>): boolean {
    const isSent = this.#session.peer?.sendInput(bytes) ?? false;
    if (isSent) this.#pathWatch.sent();
    if (this.#pathWatch.isSilent()) {
      this.#pathWatch.reset();
      this.#session.pathSilent();
    }
    return isSent;
  }

  #controlled(message: EdgeToPlayerControl): void {
    if (message.type === 'streamInfo') {
      this.#kinds = message.input;
      this.#resolution = message.resolution;
      this.#showTools();
    } else if (message.type === 'edgeStats') this.#stats.setEdge(message);
    else if (message.type === 'titleState') {
      this.#titleStateTimer?.();
      this.#titleStateTimer = () => undefined; // the edge speaks: no need to guess any more
      if (message.state !== 'starting') this.#titleIsUp();
    }
  }

  #acknowledged(bytes: Uint8Array): void {
    const ack = decodeInputAck(bytes);
    if (ack === undefined) return;
    this.#pathWatch.heard();
    this.#loop.sender().onAck(ack);
    const rttMs = inputRttMs(ack, nowMs() * 1000);
    if (rttMs !== undefined) this.#stats.addRtt(rttMs);
  }

  #frameShown({ presentedAtMs, presentedFrames }: PresentedFrame): void {
    this.#pathWatch.heard();
    this.#stats.frames.onFrame(presentedFrames);
    if (this.#firstFramePresentedAtMs === null) {
      this.#firstFramePresentedAtMs = presentedAtMs;
      this.#book.note('firstFrame', presentedAtMs);
    }
    this.#session.pictureShown();
  }

  #expectTitle(limitMs: number): void {
    this.#titleStateTimer = setTimer(limitMs, () => {
      this.#titleIsUp();
    });
    this.#stops.push(this.#titleStateTimer);
  }

  #titleIsUp(): void {
    this.#isTitleUp = true;
    if (this.#session.state.name === 'live') this.#stateChanged(this.#session.state);
  }

  #setNotice(notice: Notice | 'lock' | null): void {
    const texts = {
      'link-lost': TEXT.linkLost,
      'fresh-start': TEXT.freshStart,
      lock: TEXT.lockHint,
    } as const;
    this.#notice = notice;
    this.#view.setNotice(notice === null ? null : texts[notice]);
    if (notice !== 'fresh-start' && notice !== 'lock') return;
    this.#stops.push(
      setTimer(PASSING_NOTICE_MS, () => {
        if (this.#notice === notice) this.#setNotice(null);
      }),
    );
  }

  #showSound(state: SoundState): void {
    const isOn = state === 'on';
    this.#view.setTool('sound', {
      isShown: state !== 'none',
      icon: isOn ? 'soundOn' : 'soundOff',
      label: isOn ? TEXT.soundOff : TEXT.soundOn,
    });
    this.#view.soundChip.hidden = state !== 'waiting' || this.#session.state.name !== 'live';
    const words = matchMedia('(hover: none)').matches ? TEXT.tapForSound : TEXT.keyForSound;
    this.#view.soundChip.lastElementChild?.replaceChildren(words);
  }

  #toggleStats(): void {
    this.#overlay.setOpen(!this.#overlay.isOpen());
    this.#view.setTool('stats', { isOn: this.#overlay.isOpen() });
    this.#overlay.update(this.#stats.snapshot());
  }

  #tick(): void {
    const { state } = this.#session;
    if (state.name === 'reconnecting') this.#stateChanged(state);
    this.#stats.collect((snapshot) => {
      this.#overlay.update(snapshot);
    });
  }
}
