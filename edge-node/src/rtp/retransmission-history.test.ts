import { expect, it } from 'vitest';
import { RetransmissionHistory } from './retransmission-history.ts';

const newHistory = () =>
  new RetransmissionHistory({
    capacity: 8,
    packetBytes: 4,
    maxAgeUs: 1000,
    minResendIntervalUs: 10,
  });

function put(history: RetransmissionHistory, sequenceNumber: number, sentUs: number): void {
  history.reserve(sequenceNumber).writeUInt32BE(sequenceNumber);
  history.commit({ sequenceNumber, lengthBytes: 4, headerBytes: 1, sentUs });
}

it('gives a packet back as it was written', () => {
  const history = newHistory();
  put(history, 65_535, 0);
  const packet = history.takeForResend(65_535, 5);
  expect(packet?.bytes.readUInt32BE(0)).toBe(65_535);
  expect(packet?.headerBytes).toBe(1);
});

it('keeps as many packets as it has room for, across the wrap', () => {
  const history = newHistory();
  for (let n = 65_530; n < 65_546; n++) put(history, n & 0xffff, 0);
  const known = Array.from({ length: 20 }, (_, i) => (65_528 + i) & 0xffff).filter(
    (n) => history.takeForResend(n, 1) !== undefined,
  );
  expect(known).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
});

it('forgets what is too old', () => {
  const history = newHistory();
  put(history, 1, 0);
  expect(history.takeForResend(1, 1001)).toBeUndefined();
});

it('answers a repeated request only after the interval', () => {
  const history = newHistory();
  put(history, 1, 0);
  expect(history.takeForResend(1, 5)).toBeDefined();
  expect(history.takeForResend(1, 14)).toBeUndefined();
  expect(history.takeForResend(1, 15)).toBeDefined();
});

it('never gives out a packet whose memory is being written', () => {
  const history = newHistory();
  put(history, 1, 0);
  history.reserve(9);
  expect(history.takeForResend(1, 1)).toBeUndefined();
  expect(history.takeForResend(9, 1)).toBeUndefined();
});
