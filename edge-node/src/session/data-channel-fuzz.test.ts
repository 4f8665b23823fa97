// Everything that a browser may send over its three data channels, seeded: half mutations of valid vectors, half valid but wild. Each
// case is followed or counted as refused, nothing stays pressed, and the session goes on.
import { expect, it } from 'vitest';
import { createSeededRandom } from '@perigee/kit/testing';
import {
  decodeInputAck,
  decodeInputPacket,
  encodeInputPacket,
  encodeMessage,
  MAX_HELD_KEYS,
  MAX_TOUCH_POINTS,
  parsePlayerToEdgeControl,
  type InputEvent,
} from '@perigee/protocol';
import {
  inputAckVectors,
  inputPacketVectors,
  messageVectors,
  mutate,
  randomBelow,
  randomBytes,
} from '@perigee/protocol/vectors';
import type { Injector } from '../input/injector.ts';
import { live, newScene, settle, taken, type FakePeer } from './host-fixture.ts';

const SEED = 41;
const CASES = 102_000;
const MAX_HELD = MAX_HELD_KEYS + MAX_TOUCH_POINTS + 5;

type Random = () => number;
type Channel = 'input' | 'telemetry' | 'control';

function pick<T>(random: Random, items: readonly T[]): T {
  const item = items[randomBelow(random, items.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}

/** An X server's view: what is down. A down of what is down, or an up of what is not, is a fault. */
class StrictInjector implements Injector {
  readonly kind = 'inputtest';
  readonly droppedEvents = 0;
  readonly down = new Set<string>();
  faults = 0;
  calls = 0;

  key(code: number, isDown: boolean): void {
    this.#note(`key ${String(code)}`, isDown);
  }

  button(button: number, isDown: boolean): void {
    this.#note(`button ${String(button)}`, isDown);
  }

  touch(id: number, phase: 'down' | 'move' | 'up'): void {
    const name = `touch ${String(id)}`;
    if (phase !== 'move') this.#note(name, phase === 'down');
    else if (!this.down.has(name)) this.faults += 1;
  }

  moveTo = (): void => {
    this.calls += 1;
  };
  moveBy = this.moveTo;
  wheel = this.moveTo;
  sync = (): Promise<void> => Promise.resolve();
  close = (): void => undefined;

  #note(name: string, isDown: boolean): void {
    this.calls += 1;
    if (this.down.has(name) === isDown) this.faults += 1;
    if (isDown) this.down.add(name);
    else this.down.delete(name);
  }
}

function wildEvent(random: Random): InputEvent {
  const place = { x: randomBelow(random, 65_536), y: randomBelow(random, 65_536) };
  const isDown = random() < 0.6;
  const kind = random();
  if (kind < 0.4) return { kind: 'key', code: 1 + randomBelow(random, 767), isDown };
  if (kind < 0.6)
    return {
      kind: 'button',
      button: randomBelow(random, 5),
      isDown,
      ...place,
      isRelative: random() < 0.5,
    };
  if (kind < 0.75) return { kind: 'touchDown', id: randomBelow(random, 32), ...place };
  if (kind < 0.9) return { kind: 'touchUp', id: randomBelow(random, 32), ...place };
  if (kind < 0.97) return { kind: 'text', text: pick(random, ['a', 'é世', '\u0000', '👋']) };
  return { kind: 'releaseAll' };
}

/** A page that keeps to the format and to nothing else. `next`: the event that the edge waits for. */
function wildPacket(random: Random, next: number, sequence: number): Uint8Array {
  const u16 = (): number => randomBelow(random, 65_536);
  const isNear = random() < 0.8;
  const near = (value: number): number => (value + randomBelow(random, 4) + 2 ** 32 - 1) % 2 ** 32;
  const events = Array.from({ length: randomBelow(random, 12) }, () => wildEvent(random));
  const ids = Array.from({ length: 32 }, (_, id) => id).filter(() => random() < 0.2);
  return encodeInputPacket({
    sequence: isNear ? near(sequence) : randomBelow(random, 2 ** 32),
    clientTimeUs: randomBelow(random, 2 ** 32),
    pointer: {
      x: u16(),
      y: u16(),
      buttons: randomBelow(random, 32),
      relativeX: u16(),
      relativeY: u16(),
      wheelX: u16(),
      wheelY: u16(),
    },
    touches: ids.slice(0, MAX_TOUCH_POINTS).map((touch) => ({ id: touch, x: u16(), y: u16() })),
    firstEventSequence: isNear ? near(next) : randomBelow(random, 2 ** 32),
    events,
  });
}

const controlVectors = messageVectors.map(({ bytes }) => bytes);
const controlMessages = [
  encodeMessage({ type: 'requestKeyframe' }),
  encodeMessage({ type: 'titleState', state: 'running' }),
  new Uint8Array(16 * 1024),
];

/** Bytes for a channel; `position` is where its input stream stands. */
function anyCase(
  random: Random,
  channel: Channel,
  position: { readonly next: number; readonly sequence: number },
): Uint8Array {
  const isMutation = random() < 0.5;
  const vectors: readonly { readonly bytes: Uint8Array }[] =
    channel === 'telemetry' ? inputAckVectors : inputPacketVectors;
  const vector = pick(random, vectors).bytes;
  if (channel === 'control')
    return isMutation
      ? mutate(random, pick(random, controlVectors))
      : pick(random, controlMessages);
  if (isMutation) return mutate(random, vector);
  if (channel === 'telemetry') return random() < 0.5 ? vector : randomBytes(random, 30);
  return wildPacket(random, position.next, position.sequence);
}

function isRefused(channel: Channel, bytes: Uint8Array): boolean {
  if (channel === 'telemetry') return true;
  if (channel === 'control') return !parsePlayerToEdgeControl(bytes).ok;
  return decodeInputPacket(bytes) === undefined;
}

/** The player's side of one peer: sends, counts what must be refused, follows the acknowledgements. */
class HostilePage {
  readonly peer: FakePeer;
  readonly position = { next: 1, sequence: 0 };
  expectedRefusals = 0;

  constructor(peer: FakePeer) {
    this.peer = peer;
    const send = peer.send.bind(peer);
    peer.send = (channel, bytes) => {
      const ack = channel === 'telemetry' ? decodeInputAck(bytes) : undefined;
      if (ack !== undefined) {
        this.position.next = (ack.eventSequence + 1) % 2 ** 32;
        this.position.sequence = ack.packetSequence;
      }
      return send(channel, bytes);
    };
  }

  get isOver(): boolean {
    return this.peer.log.at(-1) === 'closed';
  }

  sendOne(random: Random): void {
    const kind = random();
    const channel = kind < 0.6 ? 'input' : kind < 0.8 ? 'telemetry' : 'control';
    const bytes = anyCase(random, channel, this.position);
    if (isRefused(channel, bytes)) this.expectedRefusals += 1;
    this.peer.browser?.onMessage(channel, bytes);
  }
}

it(`follows or refuses ${String(CASES)} messages of browsers and leaves no key down (seed ${String(SEED)})`, async () => {
  const random = createSeededRandom(SEED);
  const injector = new StrictInjector();
  let typed = 0;
  const text = {
    type: (): Promise<void> => {
      typed += 1;
      return random() < 0.1 ? Promise.reject(new Error('no keymap')) : Promise.resolve();
    },
  };
  const scene = newScene({
    openInput: () => Promise.resolve({ injector, text, close: () => undefined }),
  });
  await taken(scene);
  let refusals = 0;
  let heldAtEnd = 0;
  let visits = 0;
  const goodbyes = [
    (peer: FakePeer) => peer.browser?.onState('closed'),
    (peer: FakePeer) => peer.browser?.onState('failed'),
    (peer: FakePeer) => peer.browser?.onState('disconnected'),
    (peer: FakePeer) => peer.browser?.onMessage('control', encodeMessage({ type: 'goodbye' })),
    // Someone else takes over: see the next visit.
    () => undefined,
  ];
  for (let sent = 0; sent < CASES; visits++) {
    const page = new HostilePage(await live(scene, `p${String(visits)}`));
    // A take-over lets go of what the one before held.
    expect([...injector.down]).toEqual([]);
    const last = sent + 500 + randomBelow(random, 2000);
    for (; sent < last && !page.isOver; sent++) {
      page.sendOne(random);
      scene.time.advance(1);
      expect(injector.down.size).toBeLessThanOrEqual(MAX_HELD);
      if (random() < 0.02) await settle();
    }
    refusals += page.expectedRefusals;
    heldAtEnd += injector.down.size;
    if (!page.isOver) {
      scene.time.advance(1000);
      expect(scene.told.findLast((m) => m.type === 'stats')).toMatchObject({
        malformedPackets: page.expectedRefusals,
      });
    }
    scene.told.length = 0;
    scene.log.length = 0;
    const goodbye = pick(random, goodbyes);
    if (page.isOver) expect([...injector.down]).toEqual([]);
    goodbye(page.peer);
    if (goodbye !== goodbyes.at(-1)) expect([...injector.down]).toEqual([]);
    await settle();
  }
  expect(injector.faults).toBe(0);
  expect(visits).toBeGreaterThan(20);
  expect(refusals).toBeGreaterThan(CASES / 4);
  expect(refusals).toBeLessThan((CASES * 3) / 4);
  // It did press and type, or nothing was tested.
  expect(heldAtEnd).toBeGreaterThan(100);
  expect(Math.min(typed, injector.calls)).toBeGreaterThan(1000);
  expect(scene.exits).toEqual([]);
  expect(scene.told.filter((m) => m.type === 'fatal')).toEqual([]);

  const last = await live(scene, 'last');
  const pointer = { x: 0, y: 0, buttons: 0, relativeX: 0, relativeY: 0, wheelX: 0, wheelY: 0 };
  last.browser?.onMessage(
    'input',
    encodeInputPacket({
      sequence: 1,
      clientTimeUs: 0,
      pointer,
      touches: [],
      firstEventSequence: 1,
      events: [{ kind: 'key', code: 30, isDown: true }],
    }),
  );
  await settle();
  expect([...injector.down]).toEqual(['key 30']);
  scene.host.handle({ type: 'close', code: 'player-left', message: '', logTail: [] });
  expect([...injector.down]).toEqual([]);
});
