// Asks a title to end the way a user would: WM_DELETE_WINDOW (ICCCM 4.2.8.1) to its viewable windows. SIGTERM alone loses saves.
import type { DisplayAccess } from './display-access.ts';
import { connectX11, type X11Client } from './x11-client.ts';

/** Core protocol opcodes (X11 protocol, appendix B). */
const GET_WINDOW_ATTRIBUTES = 3;
const QUERY_TREE = 15;
const INTERN_ATOM = 16;
const GET_PROPERTY = 20;
const SEND_EVENT = 25;
const CLIENT_MESSAGE = 33;
const VIEWABLE = 2;
const ATOM_TYPE = 4;

/** A window manager puts windows two deep; more than this is not looked at (chosen). */
const MAX_DEPTH = 4;
const MAX_WINDOWS = 256;

/**
 * Sends WM_DELETE_WINDOW to every viewable window that takes part in that protocol.
 * Never throws; @returns the number of windows asked, 0 also when the display cannot be reached within `timeoutMs`.
 */
export async function closeWindows(display: DisplayAccess, timeoutMs: number): Promise<number> {
  let client: X11Client;
  try {
    client = await connectX11({
      socketPath: display.socketPath,
      cookieHex: display.cookieHex,
      timeoutMs,
    });
  } catch {
    return 0;
  }
  try {
    return await askAll(client, performance.now() + timeoutMs);
  } finally {
    client.close();
  }
}

async function askAll(client: X11Client, endMs: number): Promise<number> {
  const protocols = await internAtom(client, 'WM_PROTOCOLS');
  const deleteWindow = await internAtom(client, 'WM_DELETE_WINDOW');
  if (protocols === undefined || deleteWindow === undefined) return 0;
  let asked = 0;
  let seen = 0;
  let level = [client.root];
  for (let depth = 0; depth < MAX_DEPTH && level.length > 0; depth++) {
    const next: number[] = [];
    for (const parent of level) {
      for (const window of await children(client, parent)) {
        if (performance.now() > endMs || ++seen > MAX_WINDOWS) return asked;
        if (!(await isViewable(client, window))) continue;
        if ((await readAtoms(client, window, protocols)).includes(deleteWindow)) {
          sendClientMessage(client, window, protocols, deleteWindow);
          asked += 1;
        } else next.push(window);
      }
    }
    level = next;
  }
  // A round trip: the messages have reached the server before the connection closes.
  await internAtom(client, 'WM_PROTOCOLS');
  return asked;
}

async function internAtom(client: X11Client, name: string): Promise<number | undefined> {
  const length = Buffer.alloc(4);
  length.writeUInt16LE(name.length);
  const reply = await client.ask(
    INTERN_ATOM,
    0,
    Buffer.concat([length, Buffer.from(name, 'latin1')]),
  );
  return reply?.readUInt32LE(8);
}

async function children(client: X11Client, window: number): Promise<number[]> {
  const reply = await client.ask(QUERY_TREE, 0, words(window));
  return reply === undefined ? [] : readWords(reply, reply.readUInt16LE(16));
}

async function isViewable(client: X11Client, window: number): Promise<boolean> {
  const reply = await client.ask(GET_WINDOW_ATTRIBUTES, 0, words(window));
  return reply?.[26] === VIEWABLE;
}

async function readAtoms(client: X11Client, window: number, property: number): Promise<number[]> {
  const data = words(window, property, ATOM_TYPE, 0, 64);
  const reply = await client.ask(GET_PROPERTY, 0, data);
  if (reply?.[1] !== 32) return [];
  return readWords(reply, reply.readUInt32LE(16));
}

function sendClientMessage(client: X11Client, window: number, type: number, first: number): void {
  const event = Buffer.alloc(32);
  event[0] = CLIENT_MESSAGE;
  event[1] = 32;
  event.writeUInt32LE(window, 4);
  event.writeUInt32LE(type, 8);
  event.writeUInt32LE(first, 12);
  // Destination and an empty event mask: the client that made the window gets it. Time 0 is CurrentTime.
  client.tell(SEND_EVENT, 0, Buffer.concat([words(window, 0), event]));
}

function words(...values: number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => buffer.writeUInt32LE(value, index * 4));
  return buffer;
}

/** 32-bit words that follow the 32-byte head of a reply, at most `count`. */
function readWords(reply: Buffer, count: number): number[] {
  const found: number[] = [];
  const end = Math.min(reply.length, 32 + count * 4);
  for (let at = 32; at + 4 <= end; at += 4) found.push(reply.readUInt32LE(at));
  return found;
}
