// Messages that arrive, awaited by predicate: tests wait for an event, never for a time.
import { once } from 'node:events';
import { WebSocket } from 'ws';

/** How long a test waits for something that should happen, ms. Only a failing test waits that long. */
const PATIENCE_MS = 5000;

export type Inbox<T extends { type: string }> = {
  readonly socket: WebSocket;
  /** Everything received so far. */
  readonly all: readonly T[];
  /** The next message of this type that was not taken yet. */
  next<Type extends T['type']>(type: Type): Promise<Extract<T, { type: Type }>>;
  /** Resolves with the close code. */
  readonly closed: Promise<number>;
  send(bytes: Uint8Array): void;
  close(): Promise<void>;
};

/** Dials and collects what `parse` understands; anything else fails the test through `next`. */
export async function openInbox<T extends { type: string }>(
  url: string,
  parse: (bytes: Uint8Array) => { ok: true; message: T } | { ok: false; detail: string },
  headers: Record<string, string> = {},
): Promise<Inbox<T>> {
  const socket = new WebSocket(url, { headers, perMessageDeflate: false });
  const all: T[] = [];
  const taken = new Set<T>();
  let wake: () => void = () => undefined;
  let fault: string | undefined;
  socket.on('message', (data: Buffer) => {
    const parsed = parse(new Uint8Array(data));
    if (parsed.ok) all.push(parsed.message);
    else fault = parsed.detail;
    wake();
  });
  const closed = new Promise<number>((resolve) => {
    socket.on('close', (code) => {
      resolve(code);
      wake();
    });
  });
  socket.on('error', () => undefined);
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => {
      resolve();
    });
    socket.once('error', reject);
  });
  const next = async <Type extends T['type']>(type: Type): Promise<Extract<T, { type: Type }>> => {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      if (fault !== undefined) throw new Error(`the peer sent something wrong: ${fault}`);
      const found = all.find((m) => m.type === type && !taken.has(m));
      if (found !== undefined) {
        taken.add(found);
        return found as Extract<T, { type: Type }>;
      }
      const leftMs = deadline - Date.now();
      if (leftMs <= 0) {
        throw new Error(`no ${type}; received: ${all.map((m) => m.type).join(', ')}`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  };
  return {
    socket,
    all,
    next,
    closed,
    send: (bytes) => {
      socket.send(bytes);
    },
    close: async () => {
      if (socket.readyState === socket.CLOSED) return;
      socket.close();
      await once(socket, 'close');
    },
  };
}
