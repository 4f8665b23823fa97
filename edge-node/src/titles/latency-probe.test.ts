import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunningDisplay } from '../display/start-display.ts';
import { connectX11, type X11Client } from '../display/x11-client.ts';
import { detectProtections } from '../sandbox/protections.ts';
import { createFixture, type TestSession } from '../sandbox/session-fixture.ts';
import type { RunningTitle } from '../sandbox/title-process.ts';
import { loadTitle } from './load-title.ts';

const FOLDER = join(import.meta.dirname, '../../titles/latency-probe');
const fixture = createFixture();
const { canSandbox } = await detectProtections(fixture.cgroups);
afterAll(() => fixture.close());

/** X11 requests: GetImage, QueryExtension; XTEST's FakeInput is its minor opcode 2. */
const GET_IMAGE = 73;
const QUERY_EXTENSION = 98;
const FAKE_INPUT = 2;
/** X keycode of the space bar (evdev 57 + 8), and of A. */
const SPACE = 65;
const KEY_A = 38;
const CELL = 32;
const SIZE = { width: 640, height: 480 };

// Needs the program that the bootstrap compiles, and user namespaces for bubblewrap.
describe.runIf(canSandbox && existsSync(join(FOLDER, 'dist/latency-probe')))(
  'latency-probe',
  () => {
    let session: TestSession;
    let display: RunningDisplay;
    let title: RunningTitle;
    let client: X11Client;
    let xtest = 0;

    beforeAll(async () => {
      session = fixture.createSession(1);
      display = await fixture.startDisplay(session);
      title = await fixture.startTitle(session, display, loadTitle(FOLDER));
      const { socketPath, cookieHex } = display.access;
      client = await connectX11({ socketPath, cookieHex, timeoutMs: 10_000 });
      const name = Buffer.from('XTEST', 'latin1');
      const query = await client.ask(
        QUERY_EXTENSION,
        0,
        Buffer.from([name.length, 0, 0, 0, ...name]),
      );
      xtest = query?.[9] ?? 0;
    });
    afterAll(() => {
      client.close();
    });

    /** Pixels of a rectangle of the screen: 4 bytes each, blue first. */
    async function image(x: number, y: number, width: number, height: number): Promise<Buffer> {
      const data = Buffer.alloc(16);
      data.writeUInt32LE(client.root, 0);
      [x, y, width, height].forEach((value, index) => data.writeUInt16LE(value, 4 + index * 2));
      data.writeUInt32LE(0xffffffff, 12);
      return (await client.ask(GET_IMAGE, 2, data))?.subarray(32) ?? Buffer.alloc(0);
    }

    /** The frame counter, or -1 when the code is not valid. */
    async function readCode(): Promise<number> {
      const width = CELL * 17;
      const pixels = await image(0, SIZE.height - CELL * 2, width, CELL * 2);
      const luma = (column: number, row: number): number =>
        pixels[((row * CELL + CELL / 2) * width + CELL * (column + 1) + CELL / 2) * 4] ?? 0;
      let value = 0;
      for (let column = 0; column < 16; column++) {
        const [upper, lower] = [luma(column, 0), luma(column, 1)];
        if (Math.abs(upper - lower) < 128) return -1;
        value = value * 2 + (upper > lower ? 1 : 0);
      }
      return value;
    }

    const patch = async (): Promise<number> => (await image(10, 10, 1, 1))[0] ?? -1;

    function press(keycode: number): void {
      for (const type of [2, 3]) {
        const data = Buffer.alloc(32);
        data[0] = type;
        data[1] = keycode;
        client.tell(xtest, FAKE_INPUT, data);
      }
    }

    test('draws a valid code as soon as it is shown', async () => {
      await expect.poll(readCode, { timeout: 10_000, interval: 20 }).toBeGreaterThan(0);
    });

    test('draws a valid code as soon as it is shown', async () => {
      await expect.poll(readCode, { timeout: 10_000, interval: 20 }).toBeGreaterThan(0);
    });

    test('each key flips the patch once and counts one frame', async () => {
      for (let round = 0; round < 6; round++) {
        const [code, color] = [await readCode(), await patch()];
        press(SPACE);
        await expect.poll(readCode, { timeout: 5000, interval: 5 }).toBe(code + 1);
        expect(await patch()).toBe(255 - color);
      }
    });

    test('A starts and stops the animation', async () => {
      const before = await readCode();
      press(KEY_A);
      await expect.poll(readCode, { timeout: 10_000, interval: 20 }).toBeGreaterThan(before + 20);
      const color = await patch();
      press(KEY_A);
      await expect.poll(patch, { timeout: 5000, interval: 5 }).toBe(255 - color);
      const code = await readCode();
      press(SPACE);
      await expect.poll(readCode, { timeout: 5000, interval: 5 }).toBe(code + 1);
    });

    test('ends when its window is asked to close, without a signal', async () => {
      await title.close();
      expect(await title.exited).toMatchObject({ code: 'title-exited', exitCode: 0, signal: null });
    });
  },
);
