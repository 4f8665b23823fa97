import { createFrameMeter, type FrameMeter } from './frame-meter.ts';
import { createRttMeter } from './rtt-meter.ts';
import type { EdgeStats, StatsSnapshot } from './stats-rows.ts';
import {
  computeFigures,
  readInboundVideo,
  type InboundVideo,
  type StreamFigures,
} from './stats-sample.ts';

export type StatsCollector = {
  /** A new peer: what was measured of the one before is forgotten. */
  readonly begin: (reason: string) => void;
  readonly setEdge: (edge: EdgeStats) => void;
  readonly addRtt: (rttMs: number) => void;
  readonly frames: FrameMeter;
  /** Reads the connection's statistics and calls back with the new figures; once a second. */
  readonly collect: (done: (snapshot: StatsSnapshot) => void) => void;
  readonly snapshot: () => StatsSnapshot;
};

/** Gathers the figures of the current peer. `connection` may change between calls. */
export function createStatsCollector(
  connection: () => RTCPeerConnection | undefined,
  nowMs: () => number,
): StatsCollector {
  const frames = createFrameMeter(nowMs());
  const rtt = createRttMeter();
  let before: InboundVideo | undefined;
  let stream: StreamFigures | null = null;
  let framesPerSecond: number | null = null;
  let edge: EdgeStats | null = null;
  let reason: string | null = null;
  let isReading = false;

  const snapshot = (): StatsSnapshot => ({
    rttMs: rtt.rttMs() ?? stream?.iceRttMs ?? null,
    framesPerSecond,
    stream,
    edge,
    reason,
  });
  return {
    begin: (text) => {
      before = undefined;
      stream = null;
      edge = null;
      reason = text;
      rtt.reset();
    },
    setEdge: (figures) => {
      edge = figures;
    },
    addRtt: rtt.add,
    frames,
    snapshot,
    collect: (done) => {
      framesPerSecond = frames.read(nowMs());
      const current = connection();
      if (current === undefined || isReading) {
        done(snapshot());
        return;
      }
      isReading = true;
      current
        .getStats()
        .then(
          (report) => {
            const now = current === connection() ? readInboundVideo(report) : undefined;
            if (now !== undefined) {
              stream = computeFigures(before, now);
              before = now;
            }
            done(snapshot());
          },
          () => undefined,
        )
        .finally(() => {
          isReading = false;
        });
    },
  };
}
