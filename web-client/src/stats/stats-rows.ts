import type { EdgeToPlayerControl } from '@perigee/protocol';
import { STRINGS } from '../strings.ts';
import type { StreamFigures } from './stats-sample.ts';

export type EdgeStats = Extract<EdgeToPlayerControl, { type: 'edgeStats' }>;

/** Everything the overlay knows at one moment; also what `window.perigee.stats()` returns. */
export type StatsSnapshot = {
  /** From input acknowledgements, else from ICE; null before either. */
  readonly rttMs: number | null;
  /** Presented frames per second. */
  readonly framesPerSecond: number | null;
  readonly stream: StreamFigures | null;
  /** Once a second from the edge. */
  readonly edge: EdgeStats | null;
  /** Why this edge was chosen. */
  readonly reason: string | null;
};

/** A line of the overlay. `isDetail`: left out on small screens. */
export type StatsRow = {
  readonly label: string;
  readonly value: string;
  readonly isDetail: boolean;
};

const TEXT = STRINGS.stats;

function show<T>(value: T | null | undefined, format: (value: T) => string): string {
  return value === null || value === undefined ? TEXT.unknown : format(value);
}
const ms = (value: number): string => `${value.toFixed(value < 10 ? 1 : 0)} ms`;
const percent = (ratio: number): string => `${(ratio * 100).toFixed(1)} %`;
const megabits = (bps: number): string => `${(bps / 1e6).toFixed(bps < 1e7 ? 2 : 1)} Mbit/s`;

/** The rows of the overlay, most important first. */
export function toStatsRows({ rttMs, framesPerSecond, stream, edge }: StatsSnapshot): StatsRow[] {
  const row = (label: string, value: string, isDetail = false): StatsRow => ({
    label,
    value,
    isDetail,
  });
  const size =
    stream === null || stream.width === 0
      ? null
      : `${String(stream.width)}×${String(stream.height)}`;
  return [
    row(TEXT.rtt, show(rttMs, ms)),
    row(
      TEXT.fps,
      show(framesPerSecond, (fps) => `${fps.toFixed(0)} /s`),
    ),
    row(TEXT.bitrate, show(stream?.bitrateBps, megabits)),
    row(TEXT.loss, show(stream?.lossRatio, percent)),
    row(TEXT.jitterBuffer, show(stream?.jitterBufferMs, ms)),
    row(TEXT.decode, show(stream?.decodeMs, ms)),
    row(
      TEXT.resolution,
      show(size, (text) => text),
    ),
    row(
      TEXT.codec,
      show(stream?.codec, (text) => text),
    ),
    row(TEXT.dropped, show(stream?.framesDropped, String), true),
    row(TEXT.edgeEncode, show(edge?.encodeP50Ms, ms)),
    row(TEXT.edgeSend, show(edge?.captureToSendP50Ms, ms)),
    row(TEXT.edgeTarget, show(edge?.targetBitrateBps, megabits), true),
  ];
}
