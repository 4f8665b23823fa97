import koffi from 'koffi';
import { afterEach, expect, it } from 'vitest';
import { Picture } from '../encode/picture.ts';
import { convertToI420 } from './i420-converter.ts';
import { libc } from './native.ts';

const WIDTH = 64;
const HEIGHT = 32;
const lengthBytes = WIDTH * HEIGHT * 4;
const open: (() => void)[] = [];

afterEach(() => {
  for (const close of open.splice(0)) close();
});

/** Pixels in foreign memory, as the X server's are. */
function source(): { address: bigint; bytes: Buffer } {
  const address = libc.mmap(null, lengthBytes, 3, 0x22, -1, 0);
  if (address === null) throw new Error('mmap');
  open.push(() => {
    libc.munmap(address, lengthBytes);
  });
  return { address, bytes: Buffer.from(koffi.view(address, lengthBytes)) };
}

function picture(): Picture {
  const made = new Picture(WIDTH, HEIGHT);
  open.push(() => {
    made.close();
  });
  return made;
}

const whole = { x: 0, y: 0, width: WIDTH, height: HEIGHT };

it('writes BT.601 limited range, within one step of the formula', () => {
  const { address, bytes } = source();
  for (let at = 0; at < lengthBytes; at++) bytes[at] = (at * 2654435761) >>> 13;
  const into = picture();
  convertToI420(address, WIDTH * 4, into, whole);
  let worst = 0;
  for (let row = 0; row < HEIGHT; row++) {
    for (let column = 0; column < WIDTH; column++) {
      const [b = 0, g = 0, r = 0] = bytes.subarray((row * WIDTH + column) * 4);
      const luma = 16 + 0.256788 * r + 0.504129 * g + 0.097906 * b;
      const got = into.y.bytes[row * into.y.strideBytes + column] ?? 0;
      worst = Math.max(worst, Math.abs(got - luma));
    }
  }
  expect(worst).toBeLessThanOrEqual(1.5);
});

it.each([
  ['white', 0xffffff, [235, 128, 128]],
  ['black', 0x000000, [16, 128, 128]],
  ['red', 0xff0000, [82, 90, 240]],
  ['blue', 0x0000ff, [41, 240, 110]],
])('%s has the colour it should', (_name, colour, expected) => {
  const { address, bytes } = source();
  for (let at = 0; at < lengthBytes; at += 4) bytes.writeUInt32LE(colour, at);
  const into = picture();
  convertToI420(address, WIDTH * 4, into, whole);
  const got = [into.y.bytes[0], into.u.bytes[0], into.v.bytes[0]].map(Number);
  for (const [index, value] of got.entries()) {
    expect(Math.abs(value - (expected[index] ?? 0))).toBeLessThanOrEqual(2);
  }
});

it('touches only the rectangle it is given', () => {
  const { address, bytes } = source();
  bytes.fill(0xff);
  const into = picture();
  const at = { x: 10, y: 6, width: 20, height: 8 };
  convertToI420(address, at.width * 4, into, at);
  for (let row = 0; row < HEIGHT; row++) {
    for (let column = 0; column < WIDTH; column++) {
      const isInside = column >= 10 && column < 30 && row >= 6 && row < 14;
      expect(into.y.bytes[row * into.y.strideBytes + column]).toBe(isInside ? 235 : 16);
    }
  }
});
