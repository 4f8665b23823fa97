import { describe, expect, test } from 'vitest';
import { createFrameMeter } from './frame-meter.ts';
import { createRttMeter } from './rtt-meter.ts';
import { toStatsRows, type StatsSnapshot } from './stats-rows.ts';
import { computeFigures, readInboundVideo } from './stats-sample.ts';

const report = (fields: Record<string, unknown>): Map<string, unknown> =>
  new Map<string, unknown>([
    [
      'in',
      {
        type: 'inbound-rtp',
        kind: 'video',
        timestamp: 1000,
        bytesReceived: 1000,
        headerBytesReceived: 100,
        packetsReceived: 100,
        packetsLost: 0,
        framesDecoded: 10,
        jitterBufferDelay: 1,
        jitterBufferEmittedCount: 10,
        totalDecodeTime: 0.01,
        frameWidth: 1280,
        frameHeight: 720,
        codecId: 'c',
        ...fields,
      },
    ],
    ['c', { type: 'codec', mimeType: 'video/H264' }],
    ['t', { type: 'transport', selectedCandidatePairId: 'p' }],
    ['p', { type: 'candidate-pair', currentRoundTripTime: 0.012 }],
  ]);

function read(fields: Record<string, unknown> = {}) {
  const video = readInboundVideo(report(fields));
  if (video === undefined) throw new Error('no video in the report');
  return video;
}

describe('figures of an interval', () => {
  test('are differences of the counters', () => {
    const figures = computeFigures(
      read(),
      read({
        timestamp: 2000,
        bytesReceived: 749_900,
        headerBytesReceived: 1_200,
        packetsReceived: 190,
        packetsLost: 10,
        framesDecoded: 70,
        jitterBufferDelay: 1.06,
        jitterBufferEmittedCount: 70,
        totalDecodeTime: 0.13,
      }),
    );
    expect(figures.bitrateBps).toBeCloseTo(6_000_000, 0);
    expect(figures.lossRatio).toBeCloseTo(0.1, 9);
    expect(figures.jitterBufferMs).toBeCloseTo(1, 6);
    expect(figures.decodeMs).toBeCloseTo(2, 6);
    expect(figures).toMatchObject({ codec: 'H264', width: 1280, height: 720, iceRttMs: 12 });
  });

  test('are unknown, not zero or NaN, before a second reading and when nothing came', () => {
    expect(computeFigures(undefined, read())).toMatchObject({
      bitrateBps: null,
      lossRatio: null,
      jitterBufferMs: null,
      decodeMs: null,
    });
    expect(computeFigures(read(), read({ timestamp: 2000 }))).toMatchObject({
      bitrateBps: 0,
      lossRatio: null,
      decodeMs: null,
    });
  });

  test('a late packet that lowers the count of lost ones is no negative loss', () => {
    const figures = computeFigures(
      read({ packetsLost: 5 }),
      read({ packetsLost: 3, packetsReceived: 200 }),
    );
    expect(figures.lossRatio).toBe(0);
  });

  test('a report without video gives nothing', () => {
    expect(
      readInboundVideo(new Map([['x', { type: 'inbound-rtp', kind: 'audio' }]])),
    ).toBeUndefined();
  });
});

describe('presented frames', () => {
  test('are counted per second between readings', () => {
    const meter = createFrameMeter(0);
    meter.onFrame(30);
    expect(meter.read(500)).toBe(60);
    meter.onFrame(60);
    expect(meter.read(1500)).toBe(30);
    expect(meter.read(1500)).toBeNull();
  });

  test('a stream that counts anew is not a negative rate', () => {
    const meter = createFrameMeter(0);
    meter.onFrame(500);
    meter.read(1000);
    meter.onFrame(20);
    expect(meter.read(2000)).toBe(20);
  });
});

test('the RTT is smoothed by an eighth of each sample', () => {
  const meter = createRttMeter();
  expect(meter.rttMs()).toBeNull();
  meter.add(80);
  meter.add(0);
  expect(meter.rttMs()).toBe(70);
  meter.reset();
  expect(meter.rttMs()).toBeNull();
});

test('rows say what is not known', () => {
  const snapshot: StatsSnapshot = {
    rttMs: 12.34,
    framesPerSecond: 59.6,
    stream: null,
    edge: null,
    reason: null,
  };
  const rows = new Map(toStatsRows(snapshot).map(({ label, value }) => [label, value]));
  expect(rows.get('RTT')).toBe('12 ms');
  expect(rows.get('Frames')).toBe('60 /s');
  expect(rows.get('Bitrate')).toBe('–');
});
