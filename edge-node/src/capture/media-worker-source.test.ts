import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nalUnits } from '../encode/h264-sps.ts';
import { CaptureError } from './capture-error.ts';
import { createMediaWorkerSource } from './media-worker-source.ts';
import { createSeededRandom } from '@perigee/kit/testing';
import { REPEAT_COUNT } from './sharpen-schedule.ts';
import type { EncodedFrame, VideoSource } from './video-source.ts';
import { PaintingClient, startTestServer, type TestServer } from './x-fixture.ts';

const LIMIT_MS = 5000;

/** What a source told, and promises for what it will tell. */
class Recorder {
  readonly frames: EncodedFrame[] = [];
  readonly ended: { code: string; detail: string }[] = [];
  changes = 0;
  #waiting: { isDone: () => boolean; resolve: () => void }[] = [];

  readonly events = {
    onFrame: (frame: EncodedFrame): void => {
      this.frames.push(frame);
      this.#look();
    },
    onFirstChange: (): void => {
      this.changes += 1;
      this.#look();
    },
    onEnded: (error: { code: string; detail: string }): void => {
      this.ended.push(error);
      this.#look();
    },
    onStats: (): void => undefined,
  };

  /** Resolves once `isDone` holds, looked at with every event. */
  until(isDone: () => boolean): Promise<void> {
    if (isDone()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const limit = setTimeout(() => {
        reject(new Error(`nothing within ${String(LIMIT_MS)} ms`));
      }, LIMIT_MS);
      this.#waiting.push({
        isDone,
        resolve: () => {
          clearTimeout(limit);
          resolve();
        },
      });
    });
  }

  /** After `resume` on a still, flat screen: the keyframe and the one repetition that found nothing to add have come. */
  untilQuiet(): Promise<void> {
    return this.until(() => this.frames.length >= 2);
  }

  /** Repetitions since the last picture that showed something new (a repetition's two times are one). */
  repetitions(): number {
    const changed = this.frames.findLastIndex(({ damageUs, captureUs }) => damageUs !== captureUs);
    return this.frames.length - 1 - changed;
  }

  #look(): void {
    const done = this.#waiting.filter(({ isDone }) => isDone());
    this.#waiting = this.#waiting.filter((waiter) => !done.includes(waiter));
    for (const { resolve } of done) resolve();
  }
}

let server: TestServer;
let title: PaintingClient;
let seen: Recorder;
let source: VideoSource;

beforeEach(async () => {
  server = await startTestServer();
  title = new PaintingClient(server.access);
  seen = new Recorder();
  source = createMediaWorkerSource({
    display: server.access,
    targetBitrateBps: 2_000_000,
    events: seen.events,
  });
});

afterEach(async () => {
  await source.close();
  title.close();
  await server.close();
});

describe('the media worker source', () => {
  it('sends nothing before it is resumed, then begins with a keyframe', async () => {
    await source.start();
    expect(source.encoder.name).toMatch(/^h264:/);
    title.paint(0xff0000);
    await seen.until(() => seen.changes === 1);
    expect(seen.frames).toEqual([]);
    source.resume();
    await seen.until(() => seen.frames.length > 0);
    const [first] = seen.frames;
    expect(first).toMatchObject({
      isKeyframe: true,
      codec: 'h264',
      resolution: { width: 640, height: 360 },
    });
    expect(nalUnits(first?.data ?? new Uint8Array()).map(({ type }) => type)).toContain(7);
  });

  it('sends what is drawn, with times in order on the clock of this thread', async () => {
    await source.start();
    source.resume();
    await seen.untilQuiet();
    const before = seen.frames.length;
    const paintedUs = (performance.timeOrigin + performance.now()) * 1000;
    title.paint(0x00ff00, { x: 20, y: 20, width: 100, height: 50 });
    await seen.until(() => seen.frames.length > before);
    const frame = seen.frames[before];
    const nowUs = (performance.timeOrigin + performance.now()) * 1000;
    expect(frame?.isKeyframe).toBe(false);
    const times = [frame?.damageUs, frame?.captureUs, frame?.encodeStartUs, frame?.encodeEndUs];
    const inOrder = [paintedUs, ...times.map(Number), nowUs];
    // Both threads read one clock; reading it twice may differ by a few us.
    for (const [index, time] of inOrder.slice(1).entries()) {
      expect(time).toBeGreaterThanOrEqual((inOrder[index] ?? 0) - 100);
    }
  });

  it('repeats a still, detailed picture until it is sharp, and then sends nothing', async () => {
    await source.start();
    source.resume();
    await seen.untilQuiet();
    const random = createSeededRandom(7);
    for (let i = 0; i < 1500; i++) {
      const at = {
        x: Math.floor(random() * 1280),
        y: Math.floor(random() * 720),
        width: 16,
        height: 9,
      };
      title.paint(Math.floor(random() * 0xffffff), at);
    }
    await seen.until(() => seen.repetitions() === REPEAT_COUNT);
    const { length } = seen.frames;
    // A keyframe request is answered next: nothing else was under way.
    source.requestKeyframe();
    await seen.until(() => seen.frames.length > length);
    expect(seen.frames[length]?.isKeyframe).toBe(true);
  });

  it('repeats a flat picture once: there is nothing to make sharp', async () => {
    await source.start();
    source.resume();
    await seen.untilQuiet();
    title.paint(0x123456);
    const before = seen.frames.length;
    await seen.until(() => seen.frames.length === before + 2);
    source.requestKeyframe();
    await seen.until(() => seen.frames.length === before + 3);
    expect(seen.frames.at(-1)?.isKeyframe).toBe(true);
    expect(seen.frames.filter(({ isKeyframe }) => isKeyframe)).toHaveLength(2);
  });

  it('tells the newest input that was injected before the pixels were read', async () => {
    await source.start();
    source.resume();
    await seen.untilQuiet();
    expect(seen.frames.at(-1)?.inputSequence).toBe(0);
    source.noteInput(4_000_000_000);
    title.paint(0xabcdef);
    const before = seen.frames.length;
    await seen.until(() => seen.frames.length > before);
    expect(seen.frames.at(-1)?.inputSequence).toBe(4_000_000_000);
  });

  it('stops and goes on', async () => {
    await source.start();
    source.resume();
    await seen.untilQuiet();
    source.pause();
    await source.setCodec('h264'); // answered after the pause, on the same thread
    const before = seen.frames.length;
    title.paint(0x777777);
    await source.setCodec('h264');
    expect(seen.frames).toHaveLength(before);
    source.resume();
    await seen.until(() => seen.frames.length > before);
    expect(seen.frames[before]?.isKeyframe).toBe(true);
  });

  it('switches the codec with a keyframe', async () => {
    await source.start();
    source.resume();
    await source.setCodec('vp8');
    expect(source.encoder.name).toBe('vp8:libvpx');
    expect(source.capabilities.bitrate).toBe('restart');
    const before = seen.frames.findIndex(({ codec }) => codec === 'vp8');
    expect(seen.frames[before]?.isKeyframe).toBe(true);
  });

  it('resizes the display and tells a change only when something is drawn at the new size', async () => {
    await source.start();
    source.resume();
    title.paint(0x222222);
    await seen.until(() => seen.changes === 1);
    expect(await source.resize({ width: 320, height: 240 }, 60)).toEqual({
      width: 320,
      height: 240,
    });
    expect(seen.frames.at(-1)).toMatchObject({
      isKeyframe: true,
      resolution: { width: 320, height: 240 },
    });
    expect(seen.changes).toBe(1);
    title.paint(0xdddddd);
    await seen.until(() => seen.changes === 2);
  });

  it('keeps the size that it has when the display cannot have another', async () => {
    await source.start();
    const reached = await source.resize({ width: 4000, height: 4000 }, 60);
    expect(reached).toEqual({ width: 640, height: 360 });
  });
});

describe('when the X server is gone', () => {
  it('ends once with display-lost, and later calls do no harm', async () => {
    await source.start();
    source.resume();
    await seen.until(() => seen.frames.length > 0);
    await server.kill();
    await seen.until(() => seen.ended.length > 0);
    expect(seen.ended).toEqual([expect.objectContaining({ code: 'display-lost' })]);
    source.requestKeyframe();
    source.resume();
    await expect(source.resize({ width: 320, height: 240 }, 60)).rejects.toThrow(CaptureError);
    await source.close();
    await source.close();
    expect(seen.ended).toHaveLength(1);
  });

  it('fails to start with display-lost, and ends with no event', async () => {
    await server.kill();
    await expect(source.start()).rejects.toMatchObject({ code: 'display-lost', retryable: true });
    await source.close();
    expect(seen.ended).toEqual([]);
  });

  it('fails to start with a wrong cookie', async () => {
    const stranger = createMediaWorkerSource({
      display: { ...server.access, cookieHex: 'ff'.repeat(16) },
      targetBitrateBps: 2_000_000,
      events: seen.events,
    });
    await expect(stranger.start()).rejects.toMatchObject({ code: 'display-lost' });
    await stranger.close();
  });

  it('closes in bounded time while the X server hangs', async () => {
    await source.start();
    source.resume();
    await seen.until(() => seen.frames.length > 0);
    process.kill(server.pid, 'SIGSTOP');
    // The codec change connects anew, and the stopped server never answers: the worker is stuck in a native call.
    const change = expect(source.setCodec('vp8')).rejects.toThrow();
    await source.close();
    await change; // freed by the closed socket, the server still hangs
    process.kill(server.pid, 'SIGCONT');
  });
});
