// One second of a stream in numbers. Differences of W3C webrtc-stats counters (identifiers kept), so that a figure tells of now and not of
// the whole session.

/** The counters of the inbound video stream that are used; all cumulative. */
export type InboundVideo = {
  readonly timestampMs: number;
  readonly bytesReceived: number;
  readonly packetsReceived: number;
  readonly packetsLost: number;
  readonly framesDecoded: number;
  readonly framesDropped: number;
  readonly keyFramesDecoded: number;
  readonly freezeCount: number;
  /** Seconds. */
  readonly jitterBufferDelay: number;
  readonly jitterBufferEmittedCount: number;
  /** Seconds. */
  readonly totalDecodeTime: number;
  readonly frameWidth: number;
  readonly frameHeight: number;
  readonly codec: string | null;
  /** Of the selected candidate pair, seconds. */
  readonly currentRoundTripTime: number | null;
  readonly concealedSamples: number;
};

/** What the overlay and the test hook show; null where nothing was measured in this interval. */
export type StreamFigures = {
  readonly bitrateBps: number | null;
  /** 0..1 of the packets of the interval. */
  readonly lossRatio: number | null;
  readonly jitterBufferMs: number | null;
  readonly decodeMs: number | null;
  readonly width: number;
  readonly height: number;
  readonly codec: string | null;
  readonly framesDecoded: number;
  readonly framesDropped: number;
  readonly keyFramesDecoded: number;
  readonly freezeCount: number;
  readonly concealedSamples: number;
  /** RTT of the ICE checks, ms. */
  readonly iceRttMs: number | null;
};

type Entry = Readonly<Record<string, unknown>>;
const numberOf = (entry: Entry | undefined, name: string): number => {
  const value = entry?.[name];
  return typeof value === 'number' ? value : 0;
};
const textOf = (entry: Entry | undefined, name: string): string | undefined => {
  const value = entry?.[name];
  return typeof value === 'string' ? value : undefined;
};

/** Reads the inbound video stream out of a stats report; undefined before there is one. */
export function readInboundVideo(
  report: Pick<ReadonlyMap<string, unknown>, 'forEach'>,
): InboundVideo | undefined {
  const byId = new Map<string, Entry>();
  report.forEach((value, id) => {
    if (typeof value === 'object' && value !== null) byId.set(id, value as Entry);
  });
  const entries = [...byId.values()];
  const inbound = (kind: string): Entry | undefined =>
    entries.find((entry) => entry['type'] === 'inbound-rtp' && entry['kind'] === kind);
  const video = inbound('video');
  if (video === undefined) return undefined;
  const transport = entries.find((entry) => entry['type'] === 'transport');
  const pair = byId.get(textOf(transport, 'selectedCandidatePairId') ?? '');
  const mimeType = textOf(byId.get(textOf(video, 'codecId') ?? ''), 'mimeType');
  const roundTrip = pair?.['currentRoundTripTime'];
  return {
    timestampMs: numberOf(video, 'timestamp'),
    bytesReceived: numberOf(video, 'bytesReceived') + numberOf(video, 'headerBytesReceived'),
    packetsReceived: numberOf(video, 'packetsReceived'),
    packetsLost: numberOf(video, 'packetsLost'),
    framesDecoded: numberOf(video, 'framesDecoded'),
    framesDropped: numberOf(video, 'framesDropped'),
    keyFramesDecoded: numberOf(video, 'keyFramesDecoded'),
    freezeCount: numberOf(video, 'freezeCount'),
    jitterBufferDelay: numberOf(video, 'jitterBufferDelay'),
    jitterBufferEmittedCount: numberOf(video, 'jitterBufferEmittedCount'),
    totalDecodeTime: numberOf(video, 'totalDecodeTime'),
    frameWidth: numberOf(video, 'frameWidth'),
    frameHeight: numberOf(video, 'frameHeight'),
    codec: mimeType?.replace(/^video\//, '') ?? null,
    currentRoundTripTime: typeof roundTrip === 'number' ? roundTrip : null,
    concealedSamples: numberOf(inbound('audio'), 'concealedSamples'),
  };
}

const perCount = (sum: number, count: number): number | null => (count > 0 ? sum / count : null);

/** The figures of the interval between two readings of the same connection. `before` undefined: totals only. */
export function computeFigures(before: InboundVideo | undefined, now: InboundVideo): StreamFigures {
  const from = before ?? now;
  const elapsedMs = now.timestampMs - from.timestampMs;
  const lost = Math.max(0, now.packetsLost - from.packetsLost); // may fall: late packets are taken off
  const received = now.packetsReceived - from.packetsReceived;
  const emitted = now.jitterBufferEmittedCount - from.jitterBufferEmittedCount;
  const decoded = now.framesDecoded - from.framesDecoded;
  const jitterBuffer = perCount(now.jitterBufferDelay - from.jitterBufferDelay, emitted);
  const decode = perCount(now.totalDecodeTime - from.totalDecodeTime, decoded);
  return {
    bitrateBps:
      elapsedMs > 0 ? ((now.bytesReceived - from.bytesReceived) * 8000) / elapsedMs : null,
    lossRatio: perCount(lost, lost + received),
    jitterBufferMs: jitterBuffer === null ? null : jitterBuffer * 1000,
    decodeMs: decode === null ? null : decode * 1000,
    width: now.frameWidth,
    height: now.frameHeight,
    codec: now.codec,
    framesDecoded: now.framesDecoded,
    framesDropped: now.framesDropped,
    keyFramesDecoded: now.keyFramesDecoded,
    freezeCount: now.freezeCount,
    concealedSamples: now.concealedSamples,
    iceRttMs: now.currentRoundTripTime === null ? null : now.currentRoundTripTime * 1000,
  };
}
