import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { InputtestDevice } from './inputtest-device.ts';

/** The driver's side: splits messages by their length and answers version and sync. */
class FakeDriver {
  readonly messages: Buffer[] = [];
  readonly socketPath: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'inputtest-'));
  readonly #server: Server;
  readonly #sockets: Socket[] = [];
  readonly version: number;
  isMute = false;

  constructor(version = 1) {
    this.version = version;
    this.socketPath = join(this.#folder, 'device');
    this.#server = createServer((socket) => {
      this.#sockets.push(socket);
      let pending = Buffer.alloc(0);
      socket.on('data', (bytes) => {
        pending = Buffer.concat([pending, bytes]);
        while (pending.length >= 8 && pending.length >= pending.readUInt32LE(0)) {
          const message = Buffer.from(pending.subarray(0, pending.readUInt32LE(0)));
          pending = pending.subarray(message.length);
          this.#onMessage(socket, message);
        }
      });
    });
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(this.socketPath, resolve));
    return this;
  }

  reply(bytes: Buffer): void {
    this.#sockets[0]?.write(bytes);
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #onMessage(socket: Socket, message: Buffer): void {
    const type = message.readUInt32LE(4);
    if (type > 1) this.messages.push(message);
    if (type > 1 || this.isMute) return;
    const answer = Buffer.from(message);
    if (type === 0) answer.writeUInt16LE(this.version, 8);
    // In two pieces: a reply may arrive in any.
    socket.write(answer.subarray(0, 5));
    socket.write(answer.subarray(5));
  }
}

const open: { close(): void }[] = [];
afterEach(() => {
  for (const thing of open.splice(0).reverse()) thing.close();
});

async function connect(): Promise<{ driver: FakeDriver; device: InputtestDevice }> {
  const driver = await new FakeDriver().listen();
  open.push(driver);
  const device = await InputtestDevice.connect(driver.socketPath, 2000);
  open.push(device);
  return { driver, device };
}

const axis = (message: Buffer | undefined, n: number): number | undefined =>
  message?.readDoubleLE(message.length - 1040 + 16 + n * 8);
const mask = (message: Buffer | undefined): number | undefined => message?.[message.length - 1036];

it('writes the structs of protocol 1.1', async () => {
  const { driver, device } = await connect();
  device.key(38, true);
  device.moveTo({ x: 1000, y: 65_535 });
  device.moveBy(-3, 4);
  device.button(8, true);
  device.touch(5, 'move', { x: 10, y: 20 });
  expect(await device.sync(2000)).toBe(true);
  const [key, absolute, relative, button, touch] = driver.messages;
  expect(driver.messages.map((m) => m.length)).toEqual([16, 1056, 1056, 1064, 1056]);
  expect(driver.messages.map((m) => m.readUInt32LE(4))).toEqual([5, 2, 2, 4, 6]);
  expect([key?.readInt32LE(8), key?.readUInt32LE(12)]).toEqual([38, 1]);
  expect([absolute?.readUInt32LE(8), mask(absolute), axis(absolute, 0), axis(absolute, 1)]).toEqual(
    [1, 3, 1000, 65_535],
  );
  expect([relative?.readUInt32LE(8), axis(relative, 0), axis(relative, 1)]).toEqual([0, -3, 4]);
  expect([
    button?.readUInt32LE(8),
    button?.readInt32LE(12),
    button?.readUInt32LE(16),
    mask(button),
  ]).toEqual([0, 8, 1, 0]);
  expect([
    touch?.readUInt32LE(8),
    touch?.readUInt32LE(12),
    mask(touch),
    axis(touch, 1),
    axis(touch, 4),
  ]).toEqual([5, 19, 0b10011, 20, 1024]);
});

it('clamps hostile coordinates', async () => {
  const { driver, device } = await connect();
  device.moveTo({ x: -5, y: 1e9 });
  device.touch(0, 'down', { x: Number.NaN, y: Number.POSITIVE_INFINITY });
  await device.sync(2000);
  expect(driver.messages.map((m) => [axis(m, 0), axis(m, 1)])).toEqual([
    [0, 65_535],
    [0, 65_535],
  ]);
});

it('refuses another major version', async () => {
  const driver = await new FakeDriver(2).listen();
  open.push(driver);
  await expect(InputtestDevice.connect(driver.socketPath, 2000)).rejects.toMatchObject({
    code: 'input-device-failed',
  });
});

it('says that a device that does not exist cannot be used', async () => {
  await expect(InputtestDevice.connect('/nonexistent/device', 2000)).rejects.toMatchObject({
    code: 'input-device-failed',
  });
});

it('answers what waits when the server goes, and drops and counts what comes after', async () => {
  const { driver, device } = await connect();
  driver.isMute = true;
  const waiting = device.sync(60_000);
  driver.close();
  expect(await waiting).toBe(false);
  device.key(9, true);
  expect(await device.sync(60_000)).toBe(false);
  expect(device.droppedEvents).toBeGreaterThanOrEqual(1);
});

it('leaves a server that talks nonsense', async () => {
  const { driver, device } = await connect();
  driver.isMute = true;
  const waiting = device.sync(60_000);
  driver.reply(Buffer.alloc(8, 0xff));
  expect(await waiting).toBe(false);
});
