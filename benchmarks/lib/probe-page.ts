// Functions that run inside the player's page and look at the stream of `latency-probe`. They are handed to Chromium as source text,
// so each is self-contained. A frame is read by VideoFrame.copyTo of a few pixels: a canvas read-back costs about 8 ms of the page's main
// thread and distorts what it measures (MEDIA.md section 3).

export type Probe = {
  /** Watches for the next trusted key press and for the patch that it flips; `result` then holds the promise of its times. */
  arm(mode: 'present' | 'visible'): Promise<void>;
  /** Times of the answer, ms after the event's timeStamp; null when none came within 3 s. */
  result: Promise<ProbeSample | null>;
  isPatchLight(): Promise<boolean>;
  /** Bar code of the newest picture, or null when it does not read. */
  readBarCode(): Promise<number | null>;
  countFrames(
    durationMs: number,
  ): Promise<{ presented: number; distinct: number; unreadable: number }>;
  /** Mean interval of requestAnimationFrame. */
  rafIntervalMs(durationMs: number): Promise<number>;
};

declare global {
  interface Window {
    /** Set by installReader and installTimer in the page. */
    probe: Probe;
  }
}

export type ProbeSample = {
  readonly presentMs: number;
  readonly receiveMs: number;
  readonly visibleMs: number;
};

/** Where latency-probe draws (titles/latency-probe/latency-probe.c), in pixels of the picture. */
export type ProbeGeometry = {
  readonly patchX: number;
  readonly patchY: number;
  /** Left edge of the code, top edges of its two rows (the lower one is the inverse). */
  readonly codeX: number;
  readonly upperY: number;
  readonly lowerY: number;
  readonly cellPx: number;
  readonly bits: number;
};

/** First half of `window.probe`: reads the picture. Runs in the page. */
export function installReader(geometry: ProbeGeometry): void {
  const video = document.querySelector('video');
  if (video === null) throw new Error('no <video> on the page');
  const { patchX, patchY, codeX, upperY, lowerY, cellPx, bits } = geometry;
  const small = new Uint8Array(64);
  const upper = new Uint8Array(bits * cellPx * 2 * 2);
  const lower = new Uint8Array(upper.length);

  const isPatchLight = async (): Promise<boolean> => {
    const frame = new VideoFrame(video);
    try {
      await frame.copyTo(small, { rect: { x: patchX, y: patchY, width: 2, height: 2 } });
      return (small[0] ?? 0) > 128;
    } finally {
      frame.close();
    }
  };

  const readBarCode = async (): Promise<number | null> => {
    const frame = new VideoFrame(video);
    try {
      // Two thin stripes through the cells' centres; the luma plane comes first in every format that Chromium gives.
      const stripe = { x: codeX, width: bits * cellPx, height: 2 };
      await frame.copyTo(upper, { rect: { ...stripe, y: upperY + cellPx / 2 } });
      await frame.copyTo(lower, { rect: { ...stripe, y: lowerY + cellPx / 2 } });
    } finally {
      frame.close();
    }
    let value = 0;
    for (let bit = 0; bit < bits; bit++) {
      const centre = bit * cellPx + cellPx / 2;
      const difference = (upper[centre] ?? 0) - (lower[centre] ?? 0);
      if (Math.abs(difference) < 110) return null; // torn, unfinished, or another picture
      value = value * 2 + (difference > 0 ? 1 : 0);
    }
    return value;
  };

  const countFrames: Probe['countFrames'] = async (durationMs) => {
    let presented = 0;
    let unreadable = 0;
    let isRunning = true;
    const seen = new Set<number>();
    const onFrame = async (): Promise<void> => {
      if (!isRunning) return;
      video.requestVideoFrameCallback(() => void onFrame());
      presented++;
      const code = await readBarCode();
      if (code === null) unreadable++;
      else seen.add(code);
    };
    video.requestVideoFrameCallback(() => void onFrame());
    await new Promise((resolve) => setTimeout(resolve, durationMs));
    isRunning = false;
    return { presented, distinct: seen.size, unreadable };
  };
  window.probe = { ...window.probe, isPatchLight, readBarCode, countFrames };
}

/** Second half of `window.probe`: times the answer to a key. Runs in the page, after installReader. */
export function installTimer(): void {
  const video = document.querySelector('video');
  if (video === null) throw new Error('no <video> on the page');
  let armed: { t0Ms: number | undefined } | undefined;
  addEventListener(
    'keydown',
    (event) => {
      if (armed !== undefined && event.isTrusted) armed.t0Ms ??= event.timeStamp;
    },
    { capture: true },
  );

  const watch = (mode: 'present' | 'visible', before: boolean): Promise<ProbeSample | null> =>
    new Promise((resolve) => {
      const current: { t0Ms: number | undefined } = { t0Ms: undefined };
      armed = current;
      const startedMs = performance.now();
      let isDone = false;
      const finish = (sample: ProbeSample | null): void => {
        if (isDone) return;
        isDone = true;
        armed = undefined;
        resolve(sample);
      };
      const look = async (timeMs: number, frame?: VideoFrameCallbackMetadata): Promise<void> => {
        if (isDone) return;
        if (performance.now() - startedMs > 3000) {
          finish(null);
          return;
        }
        again();
        const { t0Ms } = current;
        if (t0Ms === undefined || (await window.probe.isPatchLight()) === before) return;
        finish({
          presentMs: (frame?.presentationTime ?? Number.NaN) - t0Ms,
          receiveMs: (frame?.receiveTime ?? Number.NaN) - t0Ms,
          visibleMs: timeMs - t0Ms,
        });
      };
      const again = (): void => {
        if (mode === 'visible') requestAnimationFrame((timeMs) => void look(timeMs));
        else video.requestVideoFrameCallback((timeMs, frame) => void look(timeMs, frame));
      };
      again();
    });

  const arm: Probe['arm'] = async (mode) => {
    const before = await window.probe.isPatchLight();
    window.probe.result = watch(mode, before);
  };
  const rafIntervalMs: Probe['rafIntervalMs'] = (durationMs) =>
    new Promise((resolve) => {
      let first: number | undefined;
      let count = 0;
      const step = (timeMs: number): void => {
        first ??= timeMs;
        if (timeMs - first >= durationMs) {
          resolve((timeMs - first) / count);
          return;
        }
        count++;
        requestAnimationFrame(step);
      };
      requestAnimationFrame(step);
    });
  window.probe = { ...window.probe, arm, rafIntervalMs, result: Promise.resolve(null) };
}
