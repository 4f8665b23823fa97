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

/** Runs in the page before it loads: takes H.264 out of what the browser says and of what it is offered. */
function forgetH264(): void {
  const original = RTCRtpReceiver.getCapabilities.bind(RTCRtpReceiver);
  RTCRtpReceiver.getCapabilities = (kind) => {
    const found = original(kind);
    const codecs = found?.codecs.filter(({ mimeType }) => !/h264/i.test(mimeType)) ?? [];
    return found === null ? null : { ...found, codecs };
  };
  const setRemote = Object.getOwnPropertyDescriptor(
    RTCPeerConnection.prototype,
    'setRemoteDescription',
  )?.value as (this: RTCPeerConnection, d: RTCSessionDescriptionInit) => Promise<void>;
  RTCPeerConnection.prototype.setRemoteDescription = function (description) {
    let sdp = description?.sdp ?? '';
    const payloadTypes = [...sdp.matchAll(/a=rtpmap:(\d+) H264\/.*\r\n/gi)].map(
      ([, type]) => type ?? '',
    );
    for (const type of payloadTypes) {
      const lines = new RegExp(`a=(rtpmap|fmtp|rtcp-fb):${type} .*\\r\\n`, 'g');
      sdp = sdp.replace(lines, '').replace(new RegExp(`(m=video .*?) ${type}(?= |\\r)`), '$1');
    }
    return setRemote.call(this, { type: description?.type ?? 'offer', sdp });
  };
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
