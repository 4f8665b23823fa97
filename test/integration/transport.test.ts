// The edge's transport against a real Chromium: it decodes what we packetise, asks again for what it misses, and feeds back.
import { Socket } from 'node:dgram';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import puppeteer, { type Browser, type Page } from 'puppeteer';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { createSeededRandom } from '@perigee/kit/testing';
import { openTriedEncoder } from '../../edge-node/src/encode/av-encoder.ts';
import { Picture } from '../../edge-node/src/encode/picture.ts';
import { vp8Driver, x264Driver } from '../../edge-node/src/encode/software-drivers.ts';
import type { PacketFeedback } from '../../edge-node/src/rtp/send-history.ts';
import { videoTimestamp, WebRtcPeer } from '../../edge-node/src/transport/webrtc-peer.ts';

const WIDTH = 320;
const HEIGHT = 180;
const CC02 = 'http://www.webrtc.org/experiments/rtp-hdrext/transport-wide-cc-02';

type AnswerOptions = { readonly wantsCc02: boolean; readonly codec: 'H264' | 'VP8' };
type VideoStats = {
  readonly framesDecoded: number;
  readonly keyFramesDecoded: number;
  readonly retransmittedPacketsReceived: number;
  readonly nackCount: number;
};

let server: Server;
let browser: Browser;
let page: Page;
const closers: (() => Promise<void> | void)[] = [];

beforeAll(async () => {
  server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end('<video id="video" autoplay muted playsinline></video>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  browser = await puppeteer.launch({
    executablePath: process.env['PUPPETEER_EXECUTABLE_PATH'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--autoplay-policy=no-user-gesture-required'],
  });
  page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`);
});

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

afterAll(async () => {
  await browser.close();
  server.close();
});

const nowUs = (): number => (performance.timeOrigin + performance.now()) * 1000;

/** A moving picture at 30 frames/s. */
function startPicture(codec: AnswerOptions['codec'], onFrame: (data: Uint8Array) => void) {
  const driver = codec === 'H264' ? x264Driver : vp8Driver;
  const bitrateBps = 2_000_000;
  const encoder = openTriedEncoder(driver, { width: WIDTH, height: HEIGHT, fps: 30, bitrateBps });
  const picture = new Picture(WIDTH, HEIGHT);
  let count = 0;
  let isKeyframeWanted = true;
  const timer = setInterval(() => {
    const { bytes } = picture.y;
    for (let i = 0; i < bytes.length; i++) bytes[i] = 16 + (((i * 7) ^ (count * 5)) & 127);
    const { data } = encoder.encode(picture, {
      ptsUs: count * 33_333,
      forceKeyframe: isKeyframeWanted,
      bitrateBps,
    });
    isKeyframeWanted = false;
    count += 1;
    onFrame(data);
  }, 33);
  closers.push(() => {
    clearInterval(timer);
    encoder.close();
    picture.close();
  });
  return {
    requestKeyframe: () => {
      isKeyframeWanted = true;
    },
  };
}

/** The page's part: answers in the wanted way. */
async function answerInPage(offer: string, options: AnswerOptions): Promise<string> {
  return page.evaluate(
    async (sdp, { wantsCc02, codec }, uri) => {
      const connection = new RTCPeerConnection();
      Object.assign(window, { connection });
      connection.ontrack = ({ track }) => {
        const video = document.querySelector('video');
        if (track.kind === 'video' && video !== null) video.srcObject = new MediaStream([track]);
      };
      await connection.setRemoteDescription({ type: 'offer', sdp });
      const [transceiver] = connection.getTransceivers();
      const codecs = RTCRtpReceiver.getCapabilities('video')?.codecs ?? [];
      if (codec === 'VP8')
        transceiver?.setCodecPreferences(
          codecs.filter((c) => c.mimeType === 'video/VP8' || c.mimeType === 'video/rtx'),
        );
      let answer = (await connection.createAnswer()).sdp ?? '';
      const id = new RegExp(`a=extmap:(\\d+) ${uri}`).exec(sdp)?.[1] ?? '';
      if (wantsCc02)
        answer = answer.replace(/(m=video[\s\S]*?a=mid:\S+\r\n)/, `$1a=extmap:${id} ${uri}\r\n`);
      await connection.setLocalDescription({ type: 'answer', sdp: answer });
      return connection.localDescription?.sdp ?? '';
    },
    offer,
    options,
    CC02,
  );
}

async function readStats(): Promise<VideoStats | undefined> {
  return page.evaluate(async () => {
    const { connection } = window as unknown as { connection: RTCPeerConnection };
    const report = await connection.getStats();
    for (const stats of report.values() as Iterable<{ type: string; kind: string }>)
      if (stats.type === 'inbound-rtp' && stats.kind === 'video')
        return stats as unknown as VideoStats;
    return undefined; // no packet yet
  });
}

/** Reads until the figures are as wanted; the test's own time limit ends it otherwise. */
async function statsUntil(isReached: (stats: VideoStats) => boolean): Promise<VideoStats> {
  for (;;) {
    const stats = await readStats();
    if (stats !== undefined && isReached(stats)) return stats;
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 50)));
  }
}

async function play(options: AnswerOptions & { readonly beginsWithKeyframe?: boolean }) {
  const peer = await WebRtcPeer.create({
    ice: { hostAddresses: [], portRange: null },
    nowUs,
    random: createSeededRandom(7),
  });
  closers.push(() => peer.close());
  let keyframeRequests = 0;
  const feedback: { packets: readonly PacketFeedback[]; ageMs: number }[] = [];
  const picture = startPicture(options.codec, (data) => {
    peer.sendFrame(data, videoTimestamp(nowUs()));
  });
  peer.attach({
    onState: (state) => {
      if (state === 'connected' && options.beginsWithKeyframe !== false) picture.requestKeyframe();
    },
    onCandidate: () => undefined,
    onMessage: () => undefined,
    onChannelOpen: () => undefined,
    onKeyframeRequest: () => {
      keyframeRequests += 1;
      picture.requestKeyframe();
    },
    onFeedback: (packets, atUs) => {
      const newest = packets.at(-1);
      if (newest !== undefined) feedback.push({ packets, ageMs: (atUs - newest.sentUs) / 1000 });
    },
  });
  const answer = await answerInPage(peer.offerSdp, options);
  const { video } = await peer.accept(answer);
  return { peer, feedback, video, keyframeRequests: () => keyframeRequests };
}

it('shows H.264 and gets feedback about every frame as soon as it has arrived', async () => {
  const { feedback, video, peer } = await play({ wantsCc02: true, codec: 'H264' });
  expect(video).toMatchObject({ codec: 'h264' });
  expect(video.rtxPayloadType).toBeDefined();
  expect(video.extensionIds.has(CC02)).toBe(true);
  const { framesDecoded } = await statsUntil((s) => s.framesDecoded >= 60);
  // On request: one feedback a frame. Periodic feedback would come 16 times a second, half as often.
  expect(feedback.length).toBeGreaterThan(framesDecoded * 0.8);
  const received = feedback.flatMap((f) => f.packets).filter((p) => p.isReceived);
  expect(received.every((p) => p.receivedUs !== undefined)).toBe(true);
  expect(peer.stats.malformedPackets).toBe(0);
  await statsUntil(() => peer.stats.rttMs !== undefined);
});

it('shows H.264 to a browser that takes no feedback on request', async () => {
  const { feedback, video } = await play({ wantsCc02: false, codec: 'H264' });
  expect(video.extensionIds.has(CC02)).toBe(false);
  await statsUntil((s) => s.framesDecoded >= 30);
  expect(feedback.length).toBeGreaterThan(3);
});

it('shows VP8 to a browser that prefers it', async () => {
  const { video } = await play({ wantsCc02: true, codec: 'VP8' });
  expect(video.codec).toBe('vp8');
  await statsUntil((s) => s.framesDecoded >= 30);
});

it('sends again what was lost, and tells the losses', async () => {
  const random = createSeededRandom(8);
  const send = Reflect.get(Socket.prototype, 'send') as (...args: unknown[]) => void;
  closers.push(() => {
    Socket.prototype.send = send;
  });
  // RTP alone: first byte 128..191, second not an RTCP type (RFC 5761 4).
  const isRtp = (b: unknown): boolean =>
    Buffer.isBuffer(b) && (b[0] ?? 0) >> 6 === 2 && ((b[1] ?? 0) < 192 || (b[1] ?? 0) > 223);
  Socket.prototype.send = function (this: Socket, ...args: unknown[]): void {
    if (isRtp(args[0]) && random() < 0.1) return;
    Reflect.apply(send, this, args);
  };
  const { feedback, peer } = await play({ wantsCc02: true, codec: 'H264' });
  await statsUntil((s) => s.retransmittedPacketsReceived >= 10 && s.framesDecoded >= 60);
  expect(peer.stats.resentPackets).toBeGreaterThanOrEqual(10);
  expect(feedback.flatMap((f) => f.packets).some((p) => !p.isReceived)).toBe(true);
});

it('hears a browser ask for a keyframe when its stream began without one', async () => {
  const { keyframeRequests } = await play({
    wantsCc02: true,
    codec: 'H264',
    beginsWithKeyframe: false,
  });
  await statsUntil((s) => s.framesDecoded >= 10 && s.keyFramesDecoded >= 1);
  expect(keyframeRequests()).toBeGreaterThanOrEqual(1);
});
