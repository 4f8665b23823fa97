import { expect, it } from 'vitest';
import { LossController, MIN_TARGET_BITRATE_BPS } from './loss-controller.ts';

const START_BPS = 6_000_000;

/** One second of 100 packets at `usedRatio` of the target; returns the new target. */
function second(
  controller: LossController,
  atSecond: number,
  lossRatio: number,
  usedRatio = 1,
): number {
  const { targetBitrateBps } = controller.onTick(atSecond * 1e6);
  controller.onFrameSent({
    sentUs: atSecond * 1e6,
    sizeBytes: (targetBitrateBps * usedRatio) / 8,
    packetCount: 100,
  });
  controller.onFeedback({
    packets: Array.from({ length: 100 }, (_, i) => ({
      sentUs: 0,
      sizeBytes: 1000,
      isReceived: i >= lossRatio * 100,
      receivedUs: undefined,
    })),
  });
  return controller.onTick((atSecond + 1) * 1e6).targetBitrateBps;
}

const newController = (maxBitrateBps = 20_000_000) =>
  new LossController({ startBitrateBps: START_BPS, maxBitrateBps });

it('starts at its start and grows by a twentieth a second while the link is clean and used', () => {
  const controller = newController();
  expect(controller.onTick(0).targetBitrateBps).toBe(START_BPS);
  expect(second(controller, 0, 0)).toBe(START_BPS * 1.05);
});

it('never grows beyond its maximum', () => {
  const controller = newController(START_BPS * 1.01);
  for (let s = 0; s < 20; s++) second(controller, s, 0);
  expect(controller.onTick(20e6).targetBitrateBps).toBe(START_BPS * 1.01);
});

it('does not grow while the picture is still', () => {
  expect(second(newController(), 0, 0, 0.1)).toBe(START_BPS);
});

it('stays where it is at 5 % loss', () => {
  expect(second(newController(), 0, 0.05)).toBe(START_BPS);
});

it('falls by half the loss above 10 %', () => {
  const controller = newController();
  expect(second(controller, 0, 0.4)).toBe(START_BPS * 0.8);
  expect(controller.lossRatio).toBeCloseTo(0.4);
});

it('never falls below its minimum', () => {
  const controller = newController();
  for (let s = 0; s < 30; s++) second(controller, s, 0.9);
  expect(controller.onTick(31e6).targetBitrateBps).toBe(MIN_TARGET_BITRATE_BPS);
});

it('does not judge by a handful of packets', () => {
  const controller = newController();
  controller.onTick(0);
  controller.onFeedback({
    packets: [{ sentUs: 0, sizeBytes: 1, isReceived: false, receivedUs: undefined }],
  });
  expect(controller.onTick(2e6).targetBitrateBps).toBe(START_BPS);
  expect(controller.onTick(20e6).targetBitrateBps).toBe(START_BPS);
});
