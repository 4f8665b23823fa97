// The worker's whole life: wait -> collect -> grab -> convert -> encode -> hand over, on one thread with synchronous calls, so that nothing
// waits for another thread's turn between two steps.
import type { VideoCodec } from '@perigee/protocol';
import koffi from 'koffi';
import { EncoderError } from '../encode/encoder-error.ts';
import { CaptureError } from './capture-error.ts';
import { CaptureSchedule } from './capture-schedule.ts';
import { MediaShared } from './media-shared.ts';
import { MediaPipeline } from './media-pipeline.ts';
import { PreciseTimer } from './precise-timer.ts';
import { SampleRing } from './sample-ring.ts';
import { SharpenSchedule } from './sharpen-schedule.ts';
import type { MediaRequest, MediaState, MediaToMain, MediaWorkerData } from './worker-messages.ts';

const STATS_EVERY_MS = 1000;
/** Samples behind each median: two seconds at 60/s. */
const SAMPLES = 120;

export type MediaLoopOptions = {
  readonly data: MediaWorkerData;
  /** Main thread's time, ms (see MediaWorkerData.clockOffsetUs). */
  readonly nowMs: () => number;
  readonly post: (message: MediaToMain, transfer?: ArrayBuffer[]) => void;
  /** Changes the display's size. @throws {CaptureError} */
  readonly resizeDisplay: (
    display: MediaWorkerData['display'],
    request: { width: number; height: number; fps: number },
  ) => void;
};

type Moment = { readonly damageMs: number; readonly captureMs: number };

export class MediaLoop {
  readonly #options: MediaLoopOptions;
  readonly #shared: MediaShared;
  readonly #timer: PreciseTimer;
  readonly #schedule: CaptureSchedule;
  readonly #sharpen = new SharpenSchedule();
  readonly #encodeMs = new SampleRing(SAMPLES);
  readonly #captureMs = new SampleRing(SAMPLES);
  #pipeline: MediaPipeline;
  #poll: { close(): void };
  #fps: number;
  #bitrateBps: number;
  #isFlowing = false;
  #isEnded = false;
  #isClosed = false;
  #wantsKeyframe = true;
  #isCollected = true;
  #capturedSequence = 0;
  /** Fingerprint of the picture at the start or resize; undefined once a change was told. */
  #baseline: number | undefined;
  #capturedFrames = 0;
  #encodedFrames = 0;
  #statsMs = 0;

  /** @throws {CaptureError} @throws {EncoderError} */
  constructor(options: MediaLoopOptions) {
    const { data, nowMs } = options;
    this.#options = options;
    this.#shared = new MediaShared(data.shared);
    this.#fps = data.fps;
    this.#bitrateBps = data.bitrateBps;
    this.#schedule = new CaptureSchedule(data.fps, nowMs());
    this.#pipeline = new MediaPipeline({ ...data, shared: this.#shared });
    this.#timer = new PreciseTimer(() => {
      this.#pump();
    });
    this.#poll = this.#watch();
    this.#readWholeScreen();
    this.#baseline = this.#pipeline.fingerprint();
    this.#pump();
  }

  get state(): MediaState {
    return this.#pipeline.state;
  }

  resume(): void {
    if (this.#isFlowing || this.#isEnded) return;
    this.#isFlowing = true;
    this.#encodeWholeScreen();
    this.#pump();
  }

  pause(): void {
    this.#isFlowing = false;
    this.#sharpen.stop();
  }

  /** A keyframe with the next picture; at once from the last picture when nothing is being drawn. */
  requestKeyframe(): void {
    this.#wantsKeyframe = true;
    if (!this.#isFlowing || this.#isEnded || this.#schedule.hasDamage) return;
    const nowMs = this.#options.nowMs();
    this.#encode({ damageMs: nowMs, captureMs: nowMs });
    this.#pump();
  }

  setTargetBitrate(bps: number): void {
    this.#bitrateBps = bps;
  }

  /** @throws {CaptureError} @throws {EncoderError} */
  serve(request: MediaRequest): void {
    if (this.#isEnded) throw new CaptureError('display-lost', 'ended before');
    if (request.type === 'resize') {
      const { resolution, fps } = request;
      this.#fps = fps;
      this.#schedule.setFps(fps, this.#options.nowMs());
      this.#options.resizeDisplay(this.#options.data.display, { ...resolution, fps });
      this.#reopen(this.#pipeline.codec, { isNewScene: true });
    } else {
      this.#reopen(request.codec, { isNewScene: false });
    }
    this.#pump();
  }

  /** Idempotent; afterwards nothing keeps the thread's event loop alive. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#isEnded = true;
    this.#poll.close();
    this.#timer.close();
    this.#pipeline.close();
  }

  #watch(): { close(): void } {
    const { fd } = this.#pipeline.capture.display;
    const handle = koffi.node.poll(fd, { readable: true, disconnect: true }, () => {
      this.#pump();
    });
    let isOpen = true;
    return {
      close: () => {
        if (isOpen) handle.close();
        isOpen = false;
      },
    };
  }

  /** `isNewScene`: what is on the screen now counts as not drawn yet. If the new pipeline fails to open, the loop has ended. */
  #reopen(codec: VideoCodec, { isNewScene }: { isNewScene: boolean }): void {
    this.#poll.close();
    this.#pipeline.close();
    try {
      this.#pipeline = new MediaPipeline({
        display: this.#options.data.display,
        shared: this.#shared,
        codec,
        fps: this.#fps,
        bitrateBps: this.#bitrateBps,
        previous: this.#pipeline,
      });
    } catch (error) {
      this.#end(error instanceof EncoderError ? 'encoder-failed' : 'display-lost', error);
      throw error;
    }
    this.#poll = this.#watch();
    if (isNewScene) this.#baseline = undefined;
    if (this.#isFlowing) this.#encodeWholeScreen();
    else this.#readWholeScreen();
    if (isNewScene && !this.#isEnded) this.#baseline = this.#pipeline.fingerprint();
  }

  /** One turn: at most one picture, so that messages get their turn; then waits for the socket or the timer. */
  #pump(): void {
    if (this.#isEnded) return;
    this.#readDamage();
    const { capture } = this.#pipeline;
    if (capture.isLost) {
      this.#end('display-lost', 'the connection to the X server broke');
      return;
    }
    if (capture.isResized) {
      this.#followDisplay();
      return;
    }
    const nowMs = this.#options.nowMs();
    const grant = this.#schedule.take(nowMs);
    if (grant !== undefined) this.#capture(grant.firstDamageMs);
    else if (this.#isFlowing && this.#sharpen.take(nowMs)) {
      const bytes = this.#encode({ damageMs: nowMs, captureMs: nowMs });
      this.#sharpen.noteRepetition({ bytes, frameBudgetBytes: this.#bitrateBps / 8 / this.#fps });
    }
    // Waiting for a reply may have pulled events into libxcb's queue; the socket would stay silent for them.
    this.#readDamage();
    this.#armTimer();
  }

  /** Notes what was drawn and arms the damage event again, so that the end of a burst is seen. */
  #readDamage(): void {
    if (this.#isEnded) return;
    const { capture } = this.#pipeline;
    for (;;) {
      const serverMs = capture.takeEvents();
      // Nobody looks: the damage stays uncollected, so no further event comes until `resume` reads the whole screen.
      if (serverMs === undefined || (!this.#isFlowing && this.#baseline === undefined)) return;
      const nowMs = this.#options.nowMs();
      const answersInput = this.#shared.inputSequence !== this.#capturedSequence;
      this.#schedule.noteDamage(nowMs, { serverMs, answersInput });
      this.#isCollected = this.#schedule.hasToken(nowMs);
      if (!this.#isCollected) return;
      capture.collectDamage();
      // A title that never stops drawing must not keep us here.
      if ((this.#schedule.dueAtMs() ?? Infinity) <= nowMs) return;
    }
  }

  #capture(damageMs: number): void {
    const captureMs = this.#options.nowMs();
    this.#capturedSequence = this.#shared.inputSequence;
    if (!this.#isCollected) this.#pipeline.capture.collectDamage();
    this.#isCollected = true;
    if (!this.#pipeline.grab()) return;
    this.#capturedFrames += 1;
    this.#captureMs.add(this.#options.nowMs() - damageMs);
    this.#tellFirstChange();
    if (!this.#isFlowing) return;
    this.#encode({ damageMs, captureMs });
    this.#sharpen.noteChange(this.#options.nowMs());
  }

  /** False when the server refused. */
  #readWholeScreen(): boolean {
    this.#capturedSequence = this.#shared.inputSequence;
    this.#schedule.clear();
    this.#isCollected = true;
    return this.#pipeline.grabAll();
  }

  #encodeWholeScreen(): void {
    const nowMs = this.#options.nowMs();
    this.#wantsKeyframe = true;
    if (!this.#readWholeScreen()) return;
    this.#tellFirstChange();
    this.#encode({ damageMs: nowMs, captureMs: nowMs });
    this.#sharpen.noteChange(nowMs);
  }

  /** @returns the size of the packet, 0 when there is none */
  #encode({ damageMs, captureMs }: Moment): number {
    const { nowMs, post } = this.#options;
    const startMs = nowMs();
    try {
      const { data, isKeyframe } = this.#pipeline.encode({
        nowUs: captureMs * 1000,
        forceKeyframe: this.#wantsKeyframe,
        bitrateBps: this.#bitrateBps,
      });
      const bytes = data.byteLength; // posting takes the memory away
      const endMs = nowMs();
      if (isKeyframe) this.#wantsKeyframe = false;
      const frame = {
        data,
        codec: this.#pipeline.codec,
        isKeyframe,
        resolution: this.#pipeline.state.resolution,
        damageUs: damageMs * 1000,
        captureUs: captureMs * 1000,
        encodeStartUs: startMs * 1000,
        encodeEndUs: endMs * 1000,
        inputSequence: this.#capturedSequence,
      };
      post({ type: 'frame', frame }, [data.buffer]);
      this.#encodedFrames += 1;
      this.#encodeMs.add(endMs - startMs);
      this.#tellStats(endMs);
      return bytes;
    } catch (error) {
      this.#end('encoder-failed', error);
      return 0;
    }
  }

  #tellFirstChange(): void {
    if (this.#baseline === undefined || this.#pipeline.fingerprint() === this.#baseline) return;
    this.#baseline = undefined;
    this.#options.post({ type: 'firstChange' });
  }

  #tellStats(nowMs: number): void {
    if (nowMs - this.#statsMs < STATS_EVERY_MS) return;
    this.#statsMs = nowMs;
    this.#options.post({
      type: 'stats',
      stats: {
        capturedFrames: this.#capturedFrames,
        encodedFrames: this.#encodedFrames,
        coalescedDamage: this.#schedule.coalescedDamage,
        encodeP50Ms: this.#encodeMs.quantile(0.5),
        captureP50Ms: this.#captureMs.quantile(0.5),
      },
    });
  }

  /** The title changed the screen's size by itself: the stream follows it. */
  #followDisplay(): void {
    try {
      this.#reopen(this.#pipeline.codec, { isNewScene: false });
    } catch {
      return; // told by #reopen
    }
    this.#options.post({ type: 'opened', state: this.state });
    this.#timer.arm(0);
  }

  #end(code: 'display-lost' | 'encoder-failed', cause: unknown): void {
    if (this.#isEnded) return;
    this.close();
    this.#options.post({ type: 'ended', code, detail: detailOf(cause) });
  }

  #armTimer(): void {
    const dueAtMs = Math.min(
      this.#schedule.dueAtMs() ?? Infinity,
      this.#isFlowing ? (this.#sharpen.dueAtMs() ?? Infinity) : Infinity,
    );
    if (dueAtMs === Infinity) this.#timer.disarm();
    else this.#timer.arm(dueAtMs - this.#options.nowMs());
  }
}

function detailOf(cause: unknown): string {
  if (cause instanceof EncoderError || cause instanceof CaptureError) {
    return `${cause.code}: ${cause.detail}`;
  }
  return cause instanceof Error ? cause.message : String(cause);
}
