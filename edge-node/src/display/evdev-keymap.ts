// X servers without real keyboards start with the old "xfree86" key codes: letters agree with evdev's, arrows and other keys do not. The wire
// carries evdev codes (X key code = evdev + 8), and titles look at the map once, when they start (SDL does). So the map is loaded right after
// the server, into the core keyboard, from which every attached keyboard takes it: the same for inputtest and XTEST, Xorg and Xvfb.
import { connectX11, X11Error, type X11ConnectOptions } from './x11-client.ts';

const QUERY_EXTENSION = 98; // core protocol
const XKB_USE_EXTENSION = 0; // minor codes of The X Keyboard Extension, protocol 1.0, section 16
const XKB_GET_KBD_BY_NAME = 23;
const USE_CORE_KEYBOARD = 0x0100;
/** Types, compat map, client and server symbols, indicator map, key names, other names; no geometry. */
const ALL_BUT_GEOMETRY = 0xbf;

/** Rules evdev, model pc105, layout us, as setxkbmap(1) would resolve them. Geometry stays as it is. */
const COMPONENTS = ['', 'evdev+aliases(qwerty)', 'complete', 'complete', 'pc+us+inet(evdev)', ''];

/** Loads the evdev keymap. @throws {X11Error} protocol: the server has no XKB or refused the map */
export async function loadEvdevKeymap(options: X11ConnectOptions): Promise<void> {
  const client = await connectX11(options);
  try {
    const name = Buffer.from('XKEYBOARD', 'latin1');
    const query = Buffer.alloc(4);
    query.writeUInt16LE(name.length, 0);
    const extension = await client.ask(QUERY_EXTENSION, 0, Buffer.concat([query, name]));
    if (extension?.[8] !== 1) throw new X11Error('protocol', 'no XKEYBOARD extension');
    const opcode = extension[9] ?? 0;
    const version = Buffer.alloc(4);
    version.writeUInt16LE(1, 0);
    await client.ask(opcode, XKB_USE_EXTENSION, version);
    const reply = await client.ask(opcode, XKB_GET_KBD_BY_NAME, keyboardByName());
    if (reply?.[10] !== 1) throw new X11Error('protocol', 'the evdev keymap was not loaded');
  } finally {
    client.close();
  }
}

function keyboardByName(): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16LE(USE_CORE_KEYBOARD, 0);
  head.writeUInt16LE(ALL_BUT_GEOMETRY, 2); // need
  head.writeUInt16LE(ALL_BUT_GEOMETRY, 4); // want
  head[6] = 1; // load
  const names = COMPONENTS.map((component) => {
    const text = Buffer.from(component, 'latin1');
    return Buffer.concat([Buffer.from([text.length]), text]);
  });
  return Buffer.concat([head, ...names]);
}
