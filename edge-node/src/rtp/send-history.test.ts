import { expect, it } from 'vitest';
import { SendHistory } from './send-history.ts';
import type { TwccFeedback } from './twcc-feedback.ts';

function feedback(first: number, received: readonly boolean[]): TwccFeedback {
  return {
    feedbackCount: 0,
    packets: received.map((isReceived, i) => ({
      sequenceNumber: (first + i) & 0xffff,
      isReceived,
      receivedUs: isReceived ? 1000 + i : undefined,
    })),
  };
}

it('matches feedback across the wrap', () => {
  const history = new SendHistory(65_534);
  const numbers = [10, 20, 30, 40].map((sentUs) => history.add({ sentUs, sizeBytes: sentUs * 2 }));
  expect(numbers).toEqual([65_534, 65_535, 0, 1]);
  expect(history.resolve(feedback(65_534, [true, true, false, true]))).toEqual([
    { sentUs: 10, sizeBytes: 20, isReceived: true, receivedUs: 1000 },
    { sentUs: 20, sizeBytes: 40, isReceived: true, receivedUs: 1001 },
    { sentUs: 30, sizeBytes: 60, isReceived: false, receivedUs: undefined },
    { sentUs: 40, sizeBytes: 80, isReceived: true, receivedUs: 1003 },
  ]);
  expect(history.count).toBe(4);
});

it('reports a packet once, however often feedback repeats it', () => {
  const history = new SendHistory(0);
  history.add({ sentUs: 1, sizeBytes: 1 });
  history.add({ sentUs: 2, sizeBytes: 1 });
  expect(history.resolve(feedback(0, [true, false]))).toHaveLength(2);
  expect(history.resolve(feedback(0, [true, false]))).toEqual([]);
  expect(history.resolve(feedback(0, [false, true]))).toMatchObject([
    { sentUs: 2, isReceived: true },
  ]);
});

it('ignores numbers that were never sent or are long gone', () => {
  const history = new SendHistory(100);
  for (let i = 0; i < 9000; i++) history.add({ sentUs: i, sizeBytes: 1 });
  expect(history.resolve(feedback(100, [true]))).toEqual([]);
  expect(history.resolve(feedback(9100, [true]))).toEqual([]);
  expect(history.resolve(feedback(99, [true]))).toEqual([]);
  expect(history.resolve(feedback(9099, [true]))).toMatchObject([{ sentUs: 8999 }]);
});

it('numbers on through many wraps', () => {
  const history = new SendHistory(65_535);
  for (let i = 0; i < 200_000; i++) {
    const number = history.add({ sentUs: i, sizeBytes: 1 });
    if (i % 997 === 0)
      expect(history.resolve(feedback(number, [true]))).toMatchObject([{ sentUs: i }]);
  }
});
