// For tests: an X server of their own on a free display, and a client that draws.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadLibrary } from './native.ts';
import {
  i16,
  openXDisplay,
  P,
  takeReply,
  u16,
  u32,
  u8,
  xcb,
  type Cookie,
  type XAccess,
  type XDisplay,
} from './xcb.ts';

const START_LIMIT_MS = 10_000;

/** An Xvfb that listens for its cookie only. */
export type TestServer = {
  readonly access: XAccess;
  readonly pid: number;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** Idempotent, also after `kill`. */
  close(): Promise<void>;
};

/** Starts Xvfb on a display number that it finds itself. */
export async function startTestServer(size = { width: 640, height: 360 }): Promise<TestServer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'perigee-xvfb-'));
  const cookie = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
  const authFile = path.join(folder, 'authority');
  writeFileSync(authFile, authorityEntry(cookie), { mode: 0o600 });
  const screen = `${String(size.width)}x${String(size.height)}x24`;
  const server = spawn(
    'Xvfb',
    ['-displayfd', '3', '-screen', '0', screen, '-auth', authFile, '-nolisten', 'tcp', '-noreset'],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] },
  );
  const display = await firstLine(server);
  const kill = async (): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill('SIGKILL');
    await exited;
    rmSync(`/tmp/.X11-unix/X${display}`, { force: true });
    rmSync(`/tmp/.X${display}-lock`, { force: true });
  };
  return {
    access: { socketPath: `/tmp/.X11-unix/X${display}`, cookieHex: cookie.toString('hex') },
    pid: server.pid ?? 0,
    kill,
    async close() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** One entry of an Xauthority file (Xau library): family 0xffff (any), then address, number, name, data, each with a 16-bit length. */
function authorityEntry(cookie: Buffer): Buffer {
  const field = (bytes: Buffer): Buffer => {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const name = Buffer.from('MIT-MAGIC-COOKIE-1');
  const empty = field(Buffer.alloc(0));
  return Buffer.concat([Buffer.from([0xff, 0xff]), empty, empty, field(name), field(cookie)]);
}

async function firstLine(server: ChildProcess): Promise<string> {
  const pipe = server.stdio[3];
  if (pipe === null || pipe === undefined) throw new Error('no pipe for -displayfd');
  const limit = AbortSignal.timeout(START_LIMIT_MS);
  const [chunk] = (await once(pipe, 'data', { signal: limit })) as [Buffer];
  return chunk.toString().trim();
}

const core = loadLibrary('libxcb.so.1');
const calls = {
  createWindow: core.func('xcb_create_window', u32, [
    P,
    u8,
    u32,
    u32,
    i16,
    i16,
    u16,
    u16,
    u16,
    u16,
    u32,
    u32,
    P,
  ]) as (
    connection: bigint,
    ...rest: [number, number, number, ...number[], values: null]
  ) => Cookie,
  mapWindow: core.func('xcb_map_window', u32, [P, u32]) as (c: bigint, window: number) => Cookie,
  createGc: core.func('xcb_create_gc', u32, [P, u32, u32, u32, P]) as (
    connection: bigint,
    gc: number,
    drawable: number,
    mask: number,
    values: null,
  ) => Cookie,
  changeGc: core.func('xcb_change_gc', u32, [P, u32, u32, P]) as (
    connection: bigint,
    gc: number,
    mask: number,
    values: Buffer,
  ) => Cookie,
  fill: core.func('xcb_poly_fill_rectangle', u32, [P, u32, u32, u32, P]) as (
    connection: bigint,
    drawable: number,
    gc: number,
    count: number,
    rectangles: Buffer,
  ) => Cookie,
};
const GC_FOREGROUND = 4;

/** A window over the whole screen that is painted on request. */
export class PaintingClient {
  readonly #display: XDisplay;
  readonly #window: number;
  readonly #gc: number;

  constructor(access: XAccess) {
    this.#display = openXDisplay(access);
    const { connection, root, width, height } = this.#display;
    this.#window = xcb.generateId(connection);
    this.#gc = xcb.generateId(connection);
    const id = this.#window;
    calls.createWindow(connection, 24, id, root, 0, 0, width, height, 0, 1, 0, 0, null);
    calls.mapWindow(connection, id);
    calls.createGc(connection, this.#gc, id, 0, null);
    this.#synchronise();
  }

  /** Fills a rectangle (default: everything) with 0xRRGGBB; returns when the server has drawn it. */
  paint(colour: number, at = { x: 0, y: 0, width: 0x7fff, height: 0x7fff }): void {
    const { connection } = this.#display;
    const value = Buffer.alloc(4);
    value.writeUInt32LE(colour);
    calls.changeGc(connection, this.#gc, GC_FOREGROUND, value);
    const rectangle = Buffer.alloc(8);
    rectangle.writeInt16LE(at.x, 0);
    rectangle.writeInt16LE(at.y, 2);
    rectangle.writeUInt16LE(at.width, 4);
    rectangle.writeUInt16LE(at.height, 6);
    calls.fill(connection, this.#window, this.#gc, 1, rectangle);
    this.#synchronise();
  }

  close(): void {
    xcb.disconnect(this.#display.connection);
  }

  #synchronise(): void {
    const { connection } = this.#display;
    takeReply(xcb.getInputFocusReply(connection, xcb.getInputFocus(connection), null));
  }
}
