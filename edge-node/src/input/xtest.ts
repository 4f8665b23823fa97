import type { X11Client } from '../display/x11-client.ts';

const QUERY_EXTENSION = 98;
/** Minor opcode of XTestFakeInput (XTEST extension protocol 2.2, section 5). */
const FAKE_INPUT = 2;
const GET_INPUT_FOCUS = 43;
/** Event codes of the core protocol that FakeInput takes. */
const FAKE = { keyPress: 2, keyRelease: 3, buttonPress: 4, buttonRelease: 5, motion: 6 } as const;
export type FakeType = keyof typeof FAKE;

/** Sends key, button and motion events as the XTEST extension's own devices. */
export type Xtest = {
  /** `detail`: keycode, button, or for motion 1 relative, 0 absolute; x and y in pixels for motion. */
  fake(type: FakeType, detail: number, x?: number, y?: number): void;
  /** Resolves when the server has handled everything before it (or is gone). */
  sync(): Promise<void>;
};

/** @returns undefined when the server lacks the extension. */
export async function openXtest(client: X11Client): Promise<Xtest | undefined> {
  const name = Buffer.from('XTEST');
  const query = Buffer.alloc(4 + name.length);
  query.writeUInt16LE(name.length, 0);
  name.copy(query, 4);
  const reply = await client.ask(QUERY_EXTENSION, 0, query);
  if (reply?.[8] !== 1) return undefined;
  const opcode = reply[9] ?? 0;
  return {
    fake: (type, detail, x = 0, y = 0) => {
      // type, detail, pad 2, delay in ms (4), root (4; 0: the pointer's screen), pad 8, x (2), y (2), pad 7, device (1)
      const event = Buffer.alloc(32);
      event[0] = FAKE[type];
      event[1] = detail;
      event.writeInt16LE(x, 20);
      event.writeInt16LE(y, 22);
      client.tell(opcode, FAKE_INPUT, event);
    },
    sync: async () => {
      await client.ask(GET_INPUT_FOCUS, 0, Buffer.alloc(0));
    },
  };
}
