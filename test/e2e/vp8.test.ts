// A browser that decodes VP8 alone plays too: the edge offers both codecs and the answer decides.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { installProbe } from '@perigee/benchmarks/lib/probe-title.ts';
import { waitUntilPlaying } from '@perigee/benchmarks/lib/player.ts';
import { createWorld, type World } from './support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld({ PERIGEE_SLOTS: '1' });
});
afterAll(async () => {
  await world.close();
});

/** Runs in the page before it loads: the browser neither names H.264 nor answers with it. */
function forgetH264(): void {
  const original = RTCRtpReceiver.getCapabilities.bind(RTCRtpReceiver);
  const withoutH264 = (kind: string): RTCRtpCapabilities => {
    const found = original(kind) ?? { codecs: [], headerExtensions: [] };
    return { ...found, codecs: found.codecs.filter(({ mimeType }) => !/h264/i.test(mimeType)) };
  };
  RTCRtpReceiver.getCapabilities = withoutH264;
  const { prototype } = RTCPeerConnection;
  const createAnswer = Object.getOwnPropertyDescriptor(prototype, 'createAnswer')?.value as (
    this: RTCPeerConnection,
  ) => Promise<RTCSessionDescriptionInit>;
  const value = function (this: RTCPeerConnection): Promise<RTCSessionDescriptionInit> {
    for (const transceiver of this.getTransceivers()) {
      if (transceiver.receiver.track.kind !== 'video') continue;
      transceiver.setCodecPreferences(withoutH264('video').codecs);
    }
    return createAnswer.call(this);
  };
  Object.defineProperty(prototype, 'createAnswer', { value });
}

it('plays in VP8, and a key changes the picture', async () => {
  const page = await (await world.newPerson()).newPage();
  await page.evaluateOnNewDocument(forgetH264);
  await page.goto(`${world.product.address}/play/latency-probe`);
  await waitUntilPlaying(page);
  await installProbe(page);
  await page.waitForFunction(async () => (await window.probe.readBarCode()) !== null);
  await page.evaluate(() => window.probe.arm('visible'));
  await page.keyboard.press('b');
  expect(await page.evaluate(() => window.probe.result)).not.toBeNull();
  await expect
    .poll(() => page.evaluate(() => window.perigee.stats()?.stream?.codec), { timeout: 10_000 })
    .toBe('VP8');
});
