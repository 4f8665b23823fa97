import { expect, it } from 'vitest';
import { createFakeClock } from '@perigee/kit/testing';
import { KeyframeArbiter } from './keyframe-arbiter.ts';

function newArbiter() {
  const time = createFakeClock();
  const made: number[] = [];
  const arbiter = new KeyframeArbiter(time, () => made.push(time.nowMs() - 1000));
  return { time, made, arbiter };
}

it('makes a keyframe at once for the first request', () => {
  const { made, arbiter } = newArbiter();
  arbiter.request();
  expect(made).toEqual([0]);
});

it('answers all requests within the interval by one keyframe at its end', () => {
  const { time, made, arbiter } = newArbiter();
  arbiter.request();
  for (let i = 0; i < 10; i++) {
    time.advance(20);
    arbiter.request();
  }
  time.advance(1000);
  expect(made).toEqual([0, 300]);
  expect(arbiter.granted).toBe(2);
});

it('asks for none of its own when a stream begins, and for one when that was lost', () => {
  const { time, made, arbiter } = newArbiter();
  arbiter.join();
  time.advance(100);
  arbiter.request();
  expect(made).toEqual([]);
  time.advance(200);
  expect(made).toEqual([300]);
});

it('forgets a waiting request when it is closed', () => {
  const { time, made, arbiter } = newArbiter();
  arbiter.request();
  arbiter.request();
  arbiter.close();
  time.advance(1000);
  expect(made).toEqual([0]);
  expect(time.pendingTimers()).toBe(0);
});
