import { expect, it } from 'vitest';
import type { X11Client } from '../display/x11-client.ts';
import { TextInjector } from './text-injector.ts';
import type { Xtest } from './xtest.ts';

/** A keyboard with the keys a and Shift, and `spare` keycodes without meaning. */
async function newInjector(spare: number) {
  const log: string[] = [];
  const rows = 2 + spare;
  const reply = Buffer.alloc(32 + rows * 8);
  reply[1] = 2;
  reply.writeUInt32LE(0x61, 32);
  reply.writeUInt32LE(0x41, 36);
  reply.writeUInt32LE(0xffe1, 40);
  const client: X11Client = {
    root: 1,
    screen: { width: 1, height: 1 },
    ask: () => Promise.resolve(reply),
    tell: (opcode, _detail, data) => {
      if (opcode === 100) log.push(`map ${String(data[0])}=${data.readUInt32LE(4).toString(16)}`);
    },
    close: () => undefined,
  };
  const xtest: Xtest = {
    fake: (type, detail) => {
      log.push(`${type === 'keyPress' ? '+' : '-'}${String(detail)}`);
    },
    sync: () => {
      log.push('sync');
      return Promise.resolve();
    },
  };
  const injector = await TextInjector.open(client, xtest);
  if (injector === undefined) throw new Error('no injector');
  const type = async (text: string): Promise<string> => {
    log.length = 0;
    await injector.type(text);
    return log.join(' ');
  };
  return { injector, type };
}

it('types what the keymap has with its own keys, with Shift where needed', async () => {
  const { type } = await newInjector(1);
  expect(await type('aA')).toBe('+8 -8 +9 +8 -8 -9 sync');
});

it('gives a spare keycode its symbol before the key, once', async () => {
  const { type } = await newInjector(2);
  expect(await type('你你a')).toBe('map 11=1004f60 +11 -11 +11 -11 +8 -8 sync');
  expect(await type('你')).toBe('+11 -11 sync');
});

it('takes the keycode that was used longest ago when all are in use', async () => {
  const { type } = await newInjector(2);
  await type('你好');
  expect(await type('你é')).toBe('+11 -11 map 10=e9 +10 -10 sync');
});

it('counts what cannot be typed', async () => {
  const { injector, type } = await newInjector(0);
  expect(await type('a你\u0001')).toBe('+8 -8 sync');
  expect(injector.untypedCharacters).toBe(2);
});
