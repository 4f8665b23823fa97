import { Worker } from 'node:worker_threads';
import type { Resolution, VideoCodec } from '@perigee/protocol';
import { EncoderError, type EncoderErrorCode } from '../encode/encoder-error.ts';
import { CaptureError, type CaptureErrorCode } from './capture-error.ts';
import { MediaShared } from './media-shared.ts';
import { libc } from './native.ts';
import { clockOffsetUs } from './shared-clock.ts';
import type { VideoSource, VideoSourceCapabilities, VideoSourceEvents } from './video-source.ts';
import type {
  MainToMedia,
  MediaFailure,
  MediaRequest,
  MediaState,
  MediaToMain,
  MediaWorkerData,
} from './worker-messages.ts';

export type MediaWorkerSourceOptions = {
  readonly display: MediaWorkerData['display'];
  /** Codec until `setCodec`. */
  readonly codec?: VideoCodec;
  /** Frames/s until `resize`. */
  readonly fps?: number;
  /** Encoder target until `setTargetBitrate`, bit/s. */
  readonly targetBitrateBps: number;
  readonly events: VideoSourceEvents;
};

const DEFAULT_FPS = 60;
/** Whole time of `close`. After the first part the display's socket is shut, which frees a worker that waits for a server that hangs. */
const STOP_ASK_MS = 700;
const STOP_FORCE_MS = 300;
const SHUT_RDWR = 2;

/**
 * Captures one X display and encodes it on a thread of its own. A repeated picture (sharpening, a keyframe while still) carries the time of
 * the repetition as damage and capture time. `start` waits as long as the X server takes to answer; `close` ends that wait too.
 * The owner must await `close` before `process.exit`: a thread that is ended inside a native call aborts the process.
 */
export function createMediaWorkerSource(options: MediaWorkerSourceOptions): VideoSource {
  return new MediaWorkerSource(options);
}

type Waiter = { resolve(state: MediaState): void; reject(error: Error): void };

class MediaWorkerSource implements VideoSource {
  readonly #options: MediaWorkerSourceOptions;
  readonly #shared = new MediaShared();
  readonly #waiters = new Map<number, Waiter>();
  #worker: Worker | undefined;
  #exited: Promise<void> = Promise.resolve();
  #state: MediaState | undefined;
  #nextRequestId = 1;
  #isEnded = false;
  #closing: Promise<void> | undefined;

  constructor(options: MediaWorkerSourceOptions) {
    this.#options = options;
  }

  get capabilities(): VideoSourceCapabilities {
    return {
      bitrate: this.#state?.bitrateChange ?? 'perFrame',
      keyframe: 'idr',
      fps: { min: 1, max: 120 },
      resolution: 'any',
    };
  }

  get encoder(): VideoSource['encoder'] {
    return { name: this.#state?.encoder ?? '', rejected: this.#state?.rejected ?? [] };
  }

  async start(): Promise<void> {
    if (this.#worker !== undefined || this.#closing !== undefined) return;
    const { display, codec, fps, targetBitrateBps } = this.#options;
    const data: MediaWorkerData = {
      display: { socketPath: display.socketPath, cookieHex: display.cookieHex },
      codec: codec ?? 'h264',
      fps: fps ?? DEFAULT_FPS,
      bitrateBps: targetBitrateBps,
      shared: this.#shared.buffer,
      clockOffsetUs: clockOffsetUs(),
    };
    const worker = new Worker(new URL('./media-worker.ts', import.meta.url), { workerData: data });
    this.#worker = worker;
    this.#exited = new Promise((resolve) => {
      worker.once('exit', () => {
        this.#onExit();
        resolve();
      });
    });
    await new Promise<MediaState>((resolve, reject) => {
      this.#waiters.set(0, { resolve, reject });
      worker.on('message', (message: MediaToMain) => {
        this.#onMessage(message);
      });
      worker.on('error', (error) => {
        this.#end('encoder-failed', `media worker: ${String(error)}`);
      });
    });
  }

  async resize(resolution: Resolution, fps: number): Promise<Resolution> {
    const state = await this.#request({ type: 'resize', resolution, fps });
    return state.resolution;
  }

  async setCodec(codec: VideoCodec): Promise<void> {
    await this.#request({ type: 'setCodec', codec });
  }

  resume(): void {
    this.#send({ type: 'resume' });
  }

  pause(): void {
    this.#send({ type: 'pause' });
  }

  requestKeyframe(): void {
    this.#send({ type: 'keyframe' });
  }

  setTargetBitrate(bps: number): void {
    this.#send({ type: 'bitrate', bps });
  }

  noteInput(eventSequence: number): void {
    this.#shared.inputSequence = eventSequence;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#isEnded = true;
    this.#send({ type: 'stop' });
    if (await this.#exitsWithin(STOP_ASK_MS)) return;
    const fd = this.#shared.displayFd;
    if (fd !== undefined) libc.shutdown(fd, SHUT_RDWR);
    await this.#exitsWithin(STOP_FORCE_MS);
    this.#worker?.unref();
  }

  async #exitsWithin(limitMs: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<boolean>((resolve) => {
      timer = setTimeout(resolve, limitMs, false);
    });
    const hasExited = await Promise.race([this.#exited.then(() => true), limit]);
    clearTimeout(timer);
    return hasExited;
  }

  #send(message: MainToMedia): void {
    this.#worker?.postMessage(message);
  }

  #request(request: MediaRequest): Promise<MediaState> {
    if (this.#worker === undefined || this.#isEnded) {
      return Promise.reject(new CaptureError('worker-gone', 'not running'));
    }
    const requestId = this.#nextRequestId++;
    return new Promise((resolve, reject) => {
      this.#waiters.set(requestId, { resolve, reject });
      this.#send({ type: 'request', requestId, request });
    });
  }

  #onMessage(message: MediaToMain): void {
    const { events } = this.#options;
    switch (message.type) {
      case 'frame':
        if (!this.#isEnded) events.onFrame(message.frame);
        break;
      case 'firstChange':
        if (!this.#isEnded) events.onFirstChange();
        break;
      case 'stats':
        if (!this.#isEnded) events.onStats(message.stats);
        break;
      case 'ended':
        this.#end(message.code, message.detail);
        break;
      case 'opened':
        this.#settle(0, message.state);
        break;
      case 'done':
        this.#settle(message.requestId, message.state);
        break;
      case 'openFailed':
        this.#isEnded = true; // `start` tells it; no event
        this.#fail(0, message.failure);
        break;
      case 'failed':
        this.#fail(message.requestId, message.failure);
        break;
    }
  }

  #settle(requestId: number, state: MediaState): void {
    this.#state = state;
    this.#waiters.get(requestId)?.resolve(state);
    this.#waiters.delete(requestId);
  }

  #fail(requestId: number, failure: MediaFailure): void {
    this.#waiters.get(requestId)?.reject(errorOf(failure));
    this.#waiters.delete(requestId);
  }

  #end(code: 'display-lost' | 'encoder-failed', detail: string): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#send({ type: 'stop' });
    this.#options.events.onEnded({ code, detail });
  }

  #onExit(): void {
    this.#end('encoder-failed', 'the media worker stopped by itself');
    for (const waiter of this.#waiters.values()) {
      waiter.reject(new CaptureError('worker-gone', 'the media worker stopped'));
    }
    this.#waiters.clear();
  }
}

function errorOf({ kind, code, detail }: MediaFailure): Error {
  if (kind === 'encoder') return new EncoderError(code as EncoderErrorCode, detail);
  if (kind === 'capture') return new CaptureError(code as CaptureErrorCode, detail);
  return new CaptureError('worker-gone', detail);
}
