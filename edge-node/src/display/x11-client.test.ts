import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connectX11 } from './x11-client.ts';
import { xauthorityFile } from './xauthority.ts';

let folder = '';
let server: Server;
let socketPath = '';
let onClient: (socket: Socket) => void = () => undefined;

beforeEach(async () => {
  onClient = () => undefined;
  folder = mkdtempSync(join(tmpdir(), 'pg-'));
  socketPath = join(folder, 'X0');
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    onClient(socket);
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
});
afterEach(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A good setup: no vendor, no pixmap formats, one screen of 640x480 with root window 0x123. */
function setup(): Buffer {
  const bytes = Buffer.alloc(80);
  bytes[0] = 1;
  bytes.writeUInt16LE(11, 2);
  bytes.writeUInt16LE((bytes.length - 8) / 4, 6);
  bytes.writeUInt32LE(0x123, 40);
  bytes.writeUInt16LE(640, 60);
  bytes.writeUInt16LE(480, 62);
  return bytes;
}

/** Calls back for each request of 8 bytes after the setup request of 48 bytes, however they are cut. */
function onRequest(socket: Socket, answer: (sequence: number) => void): void {
  let bytes = 0;
  let sequence = 0;
  socket.on('data', (chunk) => {
    bytes += chunk.length;
    while (bytes >= 48 + (sequence + 1) * 8) answer(++sequence);
  });
}

const connect = (timeoutMs = 2000): ReturnType<typeof connectX11> =>
  connectX11({ socketPath, cookieHex: '00'.repeat(16), timeoutMs });

test('the setup is read whatever pieces it comes in', async () => {
  onClient = (socket) => {
    for (const byte of setup()) socket.write(Buffer.from([byte]));
  };
  const client = await connect();
  expect(client.root).toBe(0x123);
  expect(client.screen).toEqual({ width: 640, height: 480 });
  client.close();
  client.close();
  expect(await client.ask(16, 0, Buffer.alloc(4))).toBeUndefined();
});

test.each([
  ['refuses', (s: Socket) => s.write(Buffer.from([0, 0, 11, 0, 0, 0, 0, 0])), 'refused'],
  ['closes', (s: Socket) => s.end(), 'closed'],
  ['sends half a setup', (s: Socket) => s.end(setup().subarray(0, 30)), 'closed'],
  [
    'sends a setup that lies about its parts',
    (s: Socket) => {
      const lie = setup();
      lie.writeUInt16LE(60_000, 24);
      return s.write(lie);
    },
    'protocol',
  ],
  [
    'sends an empty setup',
    (s: Socket) => s.write(Buffer.from([1, 0, 11, 0, 0, 0, 0, 0])),
    'protocol',
  ],
])('a server that %s is an error with a code', async (_what, behave, code) => {
  onClient = behave;
  await expect(connect()).rejects.toMatchObject({ code });
});

test('a server that says nothing is given up in time', async () => {
  await expect(connect(50)).rejects.toMatchObject({ code: 'timeout' });
});

test('nobody listening is unreachable', async () => {
  const options = { socketPath: join(folder, 'none'), cookieHex: '', timeoutMs: 1000 };
  await expect(connectX11(options)).rejects.toMatchObject({ code: 'unreachable' });
});

test('events between request and reply are skipped, and errors resolve undefined', async () => {
  onClient = (socket) => {
    socket.write(setup());
    onRequest(socket, (sequence) => {
      const event = Buffer.alloc(32, 0);
      event[0] = 33 | 0x80;
      const reply = Buffer.alloc(32);
      reply[0] = sequence === 1 ? 1 : 0;
      reply.writeUInt16LE(sequence, 2);
      reply.writeUInt32LE(77, 8);
      socket.write(Buffer.concat([event, reply]));
    });
  };
  const client = await connect();
  expect((await client.ask(16, 0, Buffer.alloc(4)))?.readUInt32LE(8)).toBe(77);
  expect(await client.ask(16, 0, Buffer.alloc(4))).toBeUndefined();
  client.close();
});

test('a reply that claims gigabytes ends the connection', async () => {
  onClient = (socket) => {
    socket.write(setup());
    onRequest(socket, (sequence) => {
      const reply = Buffer.alloc(32);
      reply[0] = 1;
      reply.writeUInt16LE(sequence, 2);
      reply.writeUInt32LE(0x3fffffff, 4);
      socket.write(reply);
    });
  };
  const client = await connect();
  expect(await client.ask(16, 0, Buffer.alloc(4))).toBeUndefined();
});

test('the authority file holds the cookie for every display', () => {
  const bytes = xauthorityFile('00112233445566778899aabbccddeeff');
  expect(bytes.toString('hex')).toBe(
    `ffff000000000012${Buffer.from('MIT-MAGIC-COOKIE-1').toString('hex')}001000112233445566778899aabbccddeeff`,
  );
});
