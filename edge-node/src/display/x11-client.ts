// A very small X11 client (X Window System Protocol, X11R7) over the session's unix socket: enough to know that a server answers,
// to read properties and to send a client message. In Node, without native code: what a hostile title may do to its X server must
// not be able to stop or crash the agent. Everything is bounded in bytes and in time.
import { createConnection, type Socket } from 'node:net';
import type { Resolution } from '@perigee/protocol';

/** A reply or the setup is refused beyond this (window trees and properties that we ask for are far smaller). */
const MAX_REPLY_BYTES = 256 * 1024;
const PAD = (bytes: number): number => (4 - (bytes % 4)) % 4;

export type X11Failure = 'unreachable' | 'refused' | 'timeout' | 'protocol' | 'closed';

export class X11Error extends Error {
  readonly code: X11Failure;
  constructor(code: X11Failure, detail: string) {
    super(`X server: ${code}: ${detail}`);
    this.name = 'X11Error';
    this.code = code;
  }
}

/** Reply bytes, or undefined when the server answered with an error (a window that is gone, for example). */
type Waiter = (reply: Buffer | undefined) => void;

export type X11Client = {
  readonly root: number;
  /** Size of the first screen when the connection was made. */
  readonly screen: Resolution;
  /** Sends a request that has a reply. `data` without the header; resolves undefined after an X error. */
  ask(opcode: number, detail: number, data: Buffer): Promise<Buffer | undefined>;
  /** Sends a request that has no reply. */
  tell(opcode: number, detail: number, data: Buffer): void;
  /** Idempotent; waiting requests resolve undefined. */
  close(): void;
};

export type X11ConnectOptions = {
  readonly socketPath: string;
  readonly cookieHex: string;
  /** For the connection and, again, for each reply, ms. */
  readonly timeoutMs: number;
};

/** Connects and does the connection setup. @throws {X11Error} */
export async function connectX11(options: X11ConnectOptions): Promise<X11Client> {
  const socket = createConnection(options.socketPath);
  const reader = new ReplyReader(socket, options.timeoutMs);
  try {
    socket.write(setupRequest(options.cookieHex));
    const setup = parseSetup(await reader.setup);
    return {
      ...setup,
      ask: (opcode, detail, data) => {
        socket.write(request(opcode, detail, data));
        return reader.nextReply();
      },
      tell: (opcode, detail, data) => {
        socket.write(request(opcode, detail, data));
        reader.skipRequest();
      },
      close: () => {
        reader.fail(new X11Error('closed', 'closed by us'));
      },
    };
  } catch (error) {
    reader.fail(new X11Error('closed', 'setup failed'));
    throw error;
  }
}

/** Splits the byte stream into setup, replies, errors and events (32 bytes each unless a reply says more). */
class ReplyReader {
  readonly setup: Promise<Buffer>;
  readonly #socket: Socket;
  readonly #timeoutMs: number;
  readonly #waiters = new Map<number, Waiter>();
  #pending: Buffer = Buffer.alloc(0);
  #isSetUp = false;
  #sequence = 0;
  #resolveSetup: (bytes: Buffer) => void = () => undefined;
  #rejectSetup: (error: X11Error) => void = () => undefined;
  #failure: X11Error | undefined;

  constructor(socket: Socket, timeoutMs: number) {
    this.#socket = socket;
    this.#timeoutMs = timeoutMs;
    this.setup = new Promise((resolve, reject) => {
      this.#resolveSetup = resolve;
      this.#rejectSetup = reject;
    });
    this.setup.catch(() => undefined);
    const timer = setTimeout(() => {
      if (!this.#isSetUp) this.fail(new X11Error('timeout', 'no connection setup'));
    }, timeoutMs);
    socket.on('data', (bytes) => {
      this.#onData(bytes);
    });
    socket.on('error', () => {
      this.fail(new X11Error('unreachable', 'socket error'));
    });
    socket.on('close', () => {
      clearTimeout(timer);
      this.fail(new X11Error('closed', 'closed by the server'));
    });
  }

  /** Counts a request without a reply (sequence numbers are implicit in X11). */
  skipRequest(): void {
    this.#sequence = (this.#sequence + 1) & 0xffff;
  }

  nextReply(): Promise<Buffer | undefined> {
    if (this.#failure !== undefined) return Promise.resolve(undefined);
    this.skipRequest();
    const sequence = this.#sequence;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.fail(new X11Error('timeout', 'no reply'));
      }, this.#timeoutMs);
      this.#waiters.set(sequence, (reply) => {
        clearTimeout(timer);
        resolve(reply);
      });
    });
  }

  fail(failure: X11Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = failure;
    this.#socket.destroy();
    this.#rejectSetup(failure);
    for (const waiter of this.#waiters.values()) waiter(undefined);
    this.#waiters.clear();
  }

  #onData(bytes: Buffer): void {
    if (this.#failure !== undefined) return;
    this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    for (;;) {
      const length = this.#isSetUp ? this.#packetLength() : this.#setupLength();
      if (length > MAX_REPLY_BYTES) {
        this.fail(new X11Error('protocol', 'reply too long'));
        return;
      }
      if (this.#pending.length < length) return;
      const packet = this.#pending.subarray(0, length);
      this.#pending = this.#pending.subarray(length);
      if (this.#isSetUp) this.#onPacket(packet);
      else {
        this.#isSetUp = true;
        this.#resolveSetup(packet);
      }
    }
  }

  #setupLength(): number {
    return this.#pending.length < 8 ? 8 : 8 + this.#pending.readUInt16LE(6) * 4;
  }

  #packetLength(): number {
    if (this.#pending.length < 32) return 32;
    // 1 is a reply, 35 a generic event: both say how long they are beyond 32 bytes.
    const type = (this.#pending[0] ?? 0) & 0x7f;
    return type === 1 || type === 35 ? 32 + this.#pending.readUInt32LE(4) * 4 : 32;
  }

  #onPacket(packet: Buffer): void {
    const type = packet[0] ?? 0;
    if (type > 1) return; // Events: none is selected, but client messages come unasked.
    const sequence = packet.readUInt16LE(2);
    const waiter = this.#waiters.get(sequence);
    this.#waiters.delete(sequence);
    waiter?.(type === 1 ? packet : undefined);
  }
}

/** Little-endian connection setup, protocol 11.0, with the cookie. */
function setupRequest(cookieHex: string): Buffer {
  const name = Buffer.from('MIT-MAGIC-COOKIE-1', 'latin1');
  const data = Buffer.from(cookieHex, 'hex');
  const head = Buffer.alloc(12);
  head.write('l', 0, 'latin1');
  head.writeUInt16LE(11, 2);
  head.writeUInt16LE(name.length, 6);
  head.writeUInt16LE(data.length, 8);
  return Buffer.concat([
    head,
    name,
    Buffer.alloc(PAD(name.length)),
    data,
    Buffer.alloc(PAD(data.length)),
  ]);
}

function parseSetup(setup: Buffer): { root: number; screen: Resolution } {
  if (setup[0] !== 1) throw new X11Error('refused', 'connection setup refused');
  // Fixed part of 40 bytes, vendor string, 8 bytes per pixmap format, then the first screen.
  if (setup.length < 40) throw new X11Error('protocol', 'setup too short');
  const vendorBytes = setup.readUInt16LE(24);
  const formats = setup[29] ?? 0;
  const screen = 40 + vendorBytes + PAD(vendorBytes) + formats * 8;
  if (setup.length < screen + 40) throw new X11Error('protocol', 'setup too short');
  return {
    root: setup.readUInt32LE(screen),
    screen: {
      width: setup.readUInt16LE(screen + 20),
      height: setup.readUInt16LE(screen + 22),
    },
  };
}

function request(opcode: number, detail: number, data: Buffer): Buffer {
  const padding = PAD(data.length);
  const head = Buffer.alloc(4);
  head[0] = opcode;
  head[1] = detail;
  head.writeUInt16LE((4 + data.length + padding) / 4, 2);
  return Buffer.concat([head, data, Buffer.alloc(padding)]);
}
