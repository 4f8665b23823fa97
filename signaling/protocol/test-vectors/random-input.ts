// Input packets of chance that are valid, for property tests.
import { MAX_INPUT_PACKET_BYTES, type InputEvent, type InputPacket } from '../src/index.ts';
import { randomBelow, type Random } from './fuzz.ts';

const CHARACTERS = ['a', 'Z', '0', ' ', '\n', 'é', 'ß', '€', '世', '\ufeff', '👋', '\u0000'];
const HEADER_AND_TOUCH_BYTES = 28 + 16 * 5;
const TEXT_EVENT_BYTES = 66;

function randomText(random: Random): string {
  const length = 1 + randomBelow(random, 16);
  return Array.from({ length }, () => CHARACTERS[randomBelow(random, CHARACTERS.length)]).join('');
}

/** A valid event of any kind. */
export function randomEvent(random: Random): InputEvent {
  const place = { x: randomBelow(random, 65_536), y: randomBelow(random, 65_536) };
  const isDown = random() < 0.5;
  const isRelative = random() < 0.5;
  switch (randomBelow(random, 6)) {
    case 0:
      return { kind: 'key', code: 1 + randomBelow(random, 767), isDown };
    case 1:
      return { kind: 'button', button: randomBelow(random, 5), isDown, ...place, isRelative };
    case 2:
      return { kind: 'touchDown', id: randomBelow(random, 32), ...place };
    case 3:
      return { kind: 'touchUp', id: randomBelow(random, 32), ...place };
    case 4:
      return { kind: 'text', text: randomText(random) };
    default:
      return { kind: 'releaseAll' };
  }
}

function randomEvents(random: Random): InputEvent[] {
  const room = Math.floor((MAX_INPUT_PACKET_BYTES - HEADER_AND_TOUCH_BYTES) / TEXT_EVENT_BYTES);
  return Array.from({ length: randomBelow(random, room + 1) }, () => randomEvent(random));
}

/** A valid packet; its fields are drawn from their whole ranges. */
export function randomPacket(random: Random): InputPacket {
  const u16 = () => randomBelow(random, 65_536);
  const events = randomEvents(random);
  const ids = Array.from({ length: 32 }, (_, id) => id).filter(() => random() < 0.2);
  return {
    sequence: randomBelow(random, 2 ** 32),
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
    touches: ids.slice(0, 16).map((id) => ({ id, x: u16(), y: u16() })),
    firstEventSequence: events.length === 0 ? 0 : randomBelow(random, 2 ** 32),
    events,
  };
}
