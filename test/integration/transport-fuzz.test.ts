// A page in a real Chromium sends anything over its three data channels, seeded, to a real peer of a session host.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import puppeteer, { type Browser, type Page } from 'puppeteer';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSeededRandom } from '@perigee/kit/testing';
import {
  DATA_CHANNELS,
  decodeInputAck,
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

/** Sends a batch and waits until all of it has left. */
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
  let position = { packetSequence: 0, eventSequence: 0 };
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
      const send = peer.send.bind(peer);
      peer.send = (channel, bytes) => {
        position = (channel === 'telemetry' ? decodeInputAck(bytes) : undefined) ?? position;
        return send(channel, bytes);
      };
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
  // Two of the channels may lose messages, so what counts is what arrives.
  while (arrived.total < MESSAGES) {
    const batch = Array.from({ length: BATCH }, () => anyMessage(random));
    texts += batch.filter(({ hex }) => hex === null).length;
    await sendFromPage(batch);
  }
  const pointer = { x: 0, y: 0, buttons: 0, relativeX: 0, relativeY: 0, wheelX: 0, wheelY: 0 };
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  // A well-behaved page goes on where the acknowledgements stand.
  while (!(down.size === 1 && down.has(30))) {
    const packet = encodeInputPacket({
      sequence: (position.packetSequence + 1) % 2 ** 32,
      clientTimeUs: 0,
      pointer,
      touches: [],
      firstEventSequence: (position.eventSequence + 1) % 2 ** 32,
      events: [{ kind: 'releaseAll' }, { kind: 'key', code: 30, isDown: true }],
    });
    const before = arrived.total;
    await sendFromPage([
      { channel: 'input', hex: hex(packet) },
      { channel: 'control', hex: hex(encodeMessage({ type: 'requestKeyframe' })) },
    ]);
    await until(() => arrived.total > before);
  }
  scene.time.advance(1000);
  const stats = scene.told.findLast((m) => m.type === 'stats');
  expect(stats?.malformedPackets).toBeGreaterThanOrEqual(arrived.refused);
  expect(stats?.malformedPackets).toBeLessThanOrEqual(arrived.refused + texts);
  expect(arrived.refused).toBeGreaterThan(MESSAGES / 4);
  expect(scene.host.state).toBe('live');
  // The edge closes before it has acknowledged, so nobody waits until this has left.
  await page.evaluate(
    (bytes) => {
      const { opened } = window as unknown as { opened: Map<string, RTCDataChannel> };
      opened.get('control')?.send(Uint8Array.from(bytes));
    },
    [...encodeMessage({ type: 'goodbye' })],
  );
  await until(() => scene.told.some((m) => m.type === 'peerState' && m.state === 'closed'));
  expect([...down]).toEqual([]);
  const end = { code: 'player-left', message: '', logTail: [] } as const;
  await scene.host.close(end);
  expect(scene.exits).toEqual([0]);
});
