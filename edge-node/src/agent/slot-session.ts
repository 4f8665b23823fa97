// One slot's life: preparing -> warm -> taken -> closing -> closed.
// Started in the order of closures.md (folder, uid, cgroup; display; sound; host; title) and closed in the reverse order, whatever broke.
import {
  ERROR_CODES,
  MAX_LOG_LINE_LENGTH,
  MAX_LOG_TAIL_LINES,
  type Capabilities,
  type ErrorCode,
  type PeerId,
  type SessionId,
} from '@perigee/protocol';
import { background, type Logger } from '@perigee/kit';
import type { HostToAgent } from '../session/ipc.ts';
import { titleInfo, type Title } from '../titles/title.ts';
import type { DisplayPart, HostPart, SlotParts, SoundPart, TitlePart } from './slot-parts.ts';

/** A part that does not come up for this long is left to the cgroup's end, ms (a display takes 0.1-0.3 s, on a loaded machine 2 s). */
const START_LIMIT_MS = 3000;

export type SlotState = 'preparing' | 'warm' | 'taken' | 'closing' | 'closed';

/** What the slot tells the agent. */
export type SlotEvents = {
  onOffer(peerId: PeerId, sdp: string): void;
  onCandidate(message: Extract<HostToAgent, { type: 'candidate' }>): void;
  onPeerState(peerId: PeerId, state: 'connected' | 'disconnected' | 'closed' | 'failed'): void;
  onStats(stats: Extract<HostToAgent, { type: 'stats' }>): void;
  /** `encoders`: one a codec, the one that streams first in front. */
  onReady(encoders: readonly string[], rejected: readonly string[]): void;
  /** The session is over; everything of it is gone. Called once, also for a warm slot that broke. */
  onClosed(end: { readonly code: ErrorCode; readonly logTail: readonly string[] }): void;
};

export type SlotTimeouts = {
  /** A host that is not ready after this long is given up, ms. */
  readonly prepareMs: number;
  /** A title that changed no pixel after this long is ended, ms. */
  readonly firstDrawMs: number;
};

export class SlotSession {
  readonly slot: number;
  state: SlotState = 'preparing';
  sessionId: SessionId | undefined;
  readonly #parts: SlotParts;
  readonly #events: SlotEvents;
  readonly #timeouts: SlotTimeouts;
  readonly #logger: Logger;
  #display: DisplayPart | undefined;
  #sound: SoundPart | null = null;
  #host: HostPart | undefined;
  #title: TitlePart | undefined;
  #titleToStart: Title | undefined;
  #isTitleStarting = false;
  #drew = false;
  /** Parts on their way up. */
  readonly #starting = new Set<Promise<unknown>>();
  #readyWaiter: (() => void) | undefined;
  #closing: Promise<void> | undefined;
  #drawTimer: NodeJS.Timeout | undefined;

  constructor(input: {
    slot: number;
    parts: SlotParts;
    events: SlotEvents;
    timeouts: SlotTimeouts;
    logger: Logger;
  }) {
    this.slot = input.slot;
    this.#parts = input.parts;
    this.#events = input.events;
    this.#timeouts = input.timeouts;
    this.#logger = input.logger;
  }

  /** Brings the slot to warm. Resolves false when it broke on the way (onClosed then follows or was called). */
  async prepare(): Promise<boolean> {
    try {
      await this.#parts.open();
      const [display, sound] = await Promise.all([
        this.#keep(this.#parts.startDisplay(), (d) => (this.#display = d)),
        this.#keep(this.#parts.startSound(), (s) => (this.#sound = s)),
      ]);
      this.#watch(display.exited, 'display-lost', 'display ended');
      const ready = new Promise<void>((resolve) => {
        this.#readyWaiter = resolve;
      });
      const host = await this.#keep(
        this.#parts.startHost({
          display: display.access,
          pulseSocketPath: sound?.socketPath ?? null,
          onMessage: (message) => {
            this.#onHostMessage(message);
          },
        }),
        (h) => (this.#host = h),
      );
      this.#watch(host.exited, 'session-crashed', 'session host ended');
      await withTimeout(ready, this.#timeouts.prepareMs);
    } catch (err) {
      if (!this.#isClosing()) {
        this.#logger.error({ err, slot: this.slot }, 'slot could not be prepared');
      }
      await this.close('edge-internal');
      return false;
    }
    if (this.#isClosing()) return false;
    this.state = 'warm';
    return true;
  }

  /** Gives the warm slot to a session: the display takes the title's size, then the title starts. */
  take(sessionId: SessionId, title: Title): void {
    this.sessionId = sessionId;
    this.state = 'taken';
    this.#titleToStart = title;
    this.#host?.send({ type: 'take', sessionId, title: titleInfo(title.manifest) });
  }

  /** A new peer for the player: the first one, a reload or a take-over. `onOffer` follows. */
  createPeer(peerId: PeerId, capabilities: Capabilities): void {
    this.#host?.send({ type: 'createPeer', peerId, capabilities });
  }

  /** Passes the player's answer or candidate on. */
  relay(message: Parameters<HostPart['send']>[0]): void {
    this.#host?.send(message);
  }

  /** Ends the session: title politely first, then host, sound, display, cgroup, folders. Idempotent. */
  close(code: ErrorCode): Promise<void> {
    this.#closing ??= this.#closeAll(code);
    return this.#closing;
  }

  #isClosing(): boolean {
    return this.#closing !== undefined;
  }

  /** Stores a started part, or closes it at once if the slot began to close while it was starting. */
  async #keep<T extends { close(options: { hurried: boolean }): Promise<void> } | null>(
    starting: Promise<T>,
    store: (part: T) => void,
  ): Promise<T> {
    this.#starting.add(starting);
    const part = await starting.finally(() => this.#starting.delete(starting));
    store(part);
    if (this.#isClosing()) {
      await part?.close({ hurried: true });
      throw new Error('the slot closed while it was being prepared');
    }
    return part;
  }

  #watch(exited: Promise<unknown>, code: ErrorCode, what: string): void {
    const gone = (): void => {
      if (this.#isClosing()) return;
      this.#logger.warn({ slot: this.slot, sessionId: this.sessionId }, what);
      background('close slot', this.close(code), this.#logger);
    };
    exited.then(gone, gone);
  }

  #onHostMessage(message: HostToAgent): void {
    switch (message.type) {
      case 'ready':
        this.#events.onReady([message.encoder, ...message.otherCodecs], message.rejected);
        this.#readyWaiter?.();
        return;
      case 'taken':
        background('start title', this.#startTitle(), this.#logger);
        return;
      case 'offer':
        this.#events.onOffer(message.peerId, message.sdp);
        return;
      case 'candidate':
        this.#events.onCandidate(message);
        return;
      case 'peerState':
        this.#events.onPeerState(message.peerId, message.state);
        return;
      case 'drew':
        this.#drew = true;
        clearTimeout(this.#drawTimer);
        if (this.#title !== undefined) this.#host?.send({ type: 'titleState', state: 'running' });
        return;
      case 'stats':
        this.#events.onStats(message);
        return;
      case 'fatal':
        this.#logger.error({ slot: this.slot, detail: message.detail }, 'session host failed');
        background('close slot', this.close(message.code), this.#logger);
        return;
    }
  }

  async #startTitle(): Promise<void> {
    const title = this.#titleToStart;
    if (title === undefined || this.#display === undefined || this.#isTitleStarting) return;
    this.#isTitleStarting = true;
    this.#host?.send({ type: 'titleState', state: 'starting' });
    try {
      const part = await this.#keep(
        this.#parts.startTitle({ title, display: this.#display.access }),
        (t) => (this.#title = t),
      );
      if (this.#drew) this.#host?.send({ type: 'titleState', state: 'running' });
      else {
        this.#drawTimer = setTimeout(() => {
          background('close slot', this.close('title-never-drew'), this.#logger);
        }, this.#timeouts.firstDrawMs);
      }
      const { code } = await part.exited;
      if (!this.#isClosing()) await this.close(code);
    } catch (err) {
      if (this.#isClosing()) return;
      this.#logger.error({ err, slot: this.slot }, 'title could not be started');
      await this.close('title-failed');
    }
  }

  async #closeAll(code: ErrorCode): Promise<void> {
    this.state = 'closing';
    clearTimeout(this.#drawTimer);
    // Before the title is stopped: stopping it writes lines of its own.
    const logTail = (this.#title?.logTail() ?? [])
      .slice(-MAX_LOG_TAIL_LINES)
      .map((line) => line.slice(0, MAX_LOG_LINE_LENGTH));
    this.#readyWaiter?.();
    this.#host?.send({ type: 'close', code, message: ERROR_CODES[code].message, logTail });
    const hurried = code === 'session-crashed' || code === 'display-lost';
    for (const part of [this.#title, this.#host, this.#sound, this.#display]) {
      try {
        await part?.close({ hurried });
      } catch (err) {
        this.#logger.error({ err, slot: this.slot }, 'a part of the session did not close');
      }
    }
    // A part that is being started now would come up in folders that are gone.
    await settledWithin([...this.#starting], START_LIMIT_MS);
    await this.#parts.remove();
    this.state = 'closed';
    this.#events.onClosed({ code, logTail });
  }
}

async function withTimeout(promise: Promise<void>, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`not ready after ${String(limitMs)} ms`));
    }, limitMs);
  });
  try {
    await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** Resolves when all have settled, or after the limit. */
async function settledWithin(
  promises: readonly Promise<unknown>[],
  limitMs: number,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([Promise.allSettled(promises), limit]);
  clearTimeout(timer);
}
