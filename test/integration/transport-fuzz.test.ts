// A page in a real Chromium sends anything over its three data channels, seeded, to a real peer of a session host.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import puppeteer, { type Browser, type Page } from 'puppeteer';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSeededRandom } from '@perigee/kit/testing';
import {
  DATA_CHANNELS,
  decodeInputPacket,
  encodeInputPacket,
  encodeMessage,
  parsePlayerToEdgeControl,
} from '@perigee/protocol';
import {
  inputAckVectors,
  inputPacketVectors,
  messageVectors,
  mutate,
  randomBelow,
  randomBytes,
} from '@perigee/protocol/vectors';
import {
  CAPABILITIES,
  id,
  newScene,
  settle,
  taken,
} from '../../edge-node/src/session/host-fixture.ts';
import { WebRtcPeer } from '../../edge-node/src/transport/webrtc-peer.ts';

const SEED = 51;
const MESSAGES = 5000;
const BATCH = 100;

type ChannelName = keyof typeof DATA_CHANNELS;
type PageMessage = { readonly channel: ChannelName; readonly hex: string | null };

let server: Server;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end('<!doctype html>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  browser = await puppeteer.launch({
    executablePath: process.env['PUPPETEER_EXECUTABLE_PATH'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu'],
  });
  page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`);
});

afterAll(async () => {
  await browser.close();
  server.close();
});

const controls = messageVectors.filter(({ message }) => message.type !== 'goodbye');

function anyMessage(random: () => number): PageMessage {
  const at = <T>(items: readonly T[]): T => {
    const item = items[randomBelow(random, items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  };
  const channel = at(['input', 'input', 'telemetry', 'control'] as const);
  const kind = random();
  if (kind < 0.02) return { channel, hex: null };
  const vectors: readonly { readonly bytes: Uint8Array }[] =
    channel === 'input' ? inputPacketVectors : channel === 'control' ? controls : inputAckVectors;
  const { bytes } = at(vectors);
  const made = kind < 0.5 ? mutate(random, bytes) : kind < 0.9 ? bytes : randomBytes(random, 50);
  // A farewell by chance would end the test early.
  const parsed = channel === 'control' ? parsePlayerToEdgeControl(made) : undefined;
  const isFarewell = parsed?.ok === true && parsed.message.type === 'goodbye';
  return { channel, hex: Buffer.from(isFarewell ? bytes : made).toString('hex') };
}

/** The page's part: answers, and is ready once all channels are open. */
function connectPage(offer: string): Promise<string> {
  return page.evaluate(
    async (sdp, channels) => {
      const connection = new RTCPeerConnection();
      const opened = new Map<string, RTCDataChannel>();
      for (const [name, options] of Object.entries(channels))
        opened.set(name, connection.createDataChannel(name, { ...options, negotiated: true }));
      Object.assign(window, { connection, opened });
      await connection.setRemoteDescription({ type: 'offer', sdp });
      await connection.setLocalDescription(await connection.createAnswer());
      if (connection.iceGatheringState !== 'complete')
        await new Promise<void>((resolve) => {
          connection.onicegatheringstatechange = () => {
            if (connection.iceGatheringState === 'complete') resolve();
          };
        });
      return connection.localDescription?.sdp ?? '';
    },
    offer,
    DATA_CHANNELS,
  );
}

/** Sends a batch as fast as the channels take it. */
async function sendFromPage(messages: readonly PageMessage[]): Promise<void> {
  await page.evaluate(async (batch) => {
    const { opened } = window as unknown as { opened: Map<string, RTCDataChannel> };
    for (const { channel: name, hex } of batch) {
      const channel = opened.get(name);
      if (channel === undefined) continue;
      if (channel.readyState === 'connecting')
        await new Promise((resolve) => {
          channel.onopen = resolve;
        });
      if (hex === null) channel.send('text');
      else
        channel.send(Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)));
    }
    const waiting = [...opened.values()].filter((channel) => channel.bufferedAmount > 0);
    await Promise.all(
      waiting.map(
        (channel) =>
          new Promise<void>((resolve) => {
            channel.onbufferedamountlow = () => {
              resolve();
            };
            if (channel.bufferedAmount === 0) resolve();
          }),
      ),
    );
  }, messages as PageMessage[]);
}

it(`survives ${String(MESSAGES)} messages of a real browser (seed ${String(SEED)})`, async () => {
  const random = createSeededRandom(SEED);
  const down = new Set<number>();
  const arrived = { total: 0, refused: 0 };
  let wake = (): void => undefined;
  // A packet a millisecond, so that none is dropped for coming too fast.
  const nowUs = (): number => 1e12 + arrived.total * 1000;
  const nothing = (): void => undefined;
  const scene = newScene({
    nowUs,
    openInput: () =>
      Promise.resolve({
        injector: {
          kind: 'inputtest',
          droppedEvents: 0,
          key: (code, isDown) => {
            if (isDown) down.add(code);
            else down.delete(code);
          },
          button: nothing,
          moveTo: nothing,
          moveBy: nothing,
          wheel: nothing,
          touch: nothing,
          sync: () => Promise.resolve(),
          close: nothing,
        },
        text: undefined,
        close: nothing,
      }),
    createPeer: async () => {
      const ice = { hostAddresses: [], portRange: null };
      const peer = await WebRtcPeer.create({ ice, nowUs, random });
      const attach = peer.attach.bind(peer);
      peer.attach = (events) => {
        attach({
          ...events,
          onState: (state) => {
            events.onState(state);
            wake();
          },
          onMessage: (channel, bytes) => {
            arrived.total += 1;
            const isTaken =
              channel === 'control'
                ? parsePlayerToEdgeControl(bytes).ok
                : channel === 'input' && decodeInputPacket(bytes) !== undefined;
            if (!isTaken) arrived.refused += 1;
            events.onMessage(channel, bytes);
            wake();
          },
        });
      };
      return peer;
    },
  });
  const until = async (isTrue: () => boolean): Promise<void> => {
    while (!isTrue())
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
  };
  await taken(scene);
  scene.host.handle({ type: 'createPeer', peerId: id('p'), capabilities: CAPABILITIES });
  await settle();
  const offer = scene.told.find((m) => m.type === 'offer');
  if (offer === undefined) throw new Error('no offer');
  scene.host.handle({ type: 'answer', peerId: id('p'), sdp: await connectPage(offer.sdp) });
  await until(() => scene.host.state === 'live');

  let texts = 0;
  let expected = 0;
  for (let sent = 0; sent < MESSAGES; sent += BATCH) {
    const batch = Array.from({ length: BATCH }, () => anyMessage(random));
    texts += batch.filter(({ hex }) => hex === null).length;
    expected += batch.filter(({ hex }) => hex !== null).length;
    await sendFromPage(batch);
  }
  const pointer = { x: 0, y: 0, buttons: 0, relativeX: 0, relativeY: 0, wheelX: 0, wheelY: 0 };
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  // The vectors brought events of their own, so the numbers of a page that goes on are not known here: its key comes at any of them.
  const keys = Array.from({ length: 200 }, (_, n) =>
    encodeInputPacket({
      sequence: 2 ** 31 - 1 - 200 + n,
      clientTimeUs: 0,
      pointer,
      touches: [],
      firstEventSequence: n + 1,
      events: [{ kind: 'key', code: 30, isDown: true }],
    }),
  );
  await sendFromPage(keys.map((bytes) => ({ channel: 'input', hex: hex(bytes) })));
  await until(() => down.has(30));
  await sendFromPage([
    { channel: 'control', hex: hex(encodeMessage({ type: 'requestKeyframe' })) },
  ]);
  // The control channel is ordered and complete: what is said last comes last.
  scene.time.advance(1000);
  const stats = scene.told.findLast((m) => m.type === 'stats');
  expect(stats?.malformedPackets).toBeGreaterThanOrEqual(arrived.refused);
  expect(stats?.malformedPackets).toBeLessThanOrEqual(arrived.refused + texts);
  expect(arrived.total).toBeGreaterThan(expected * 0.9);
  expect(arrived.refused).toBeGreaterThan(MESSAGES / 4);
  expect(scene.host.state).toBe('live');
  await sendFromPage([{ channel: 'control', hex: hex(encodeMessage({ type: 'goodbye' })) }]);
  await until(() => scene.told.some((m) => m.type === 'peerState' && m.state === 'closed'));
  expect([...down]).toEqual([]);
  const end = { code: 'player-left', message: '', logTail: [] } as const;
  await scene.host.close(end);
  expect(scene.exits).toEqual([0]);
});
