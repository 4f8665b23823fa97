import type { X11Client } from '../display/x11-client.ts';
import { KeyboardMap, keysymOf, type KeyStroke } from './keyboard-map.ts';
import type { Xtest } from './xtest.ts';

const CHANGE_KEYBOARD_MAPPING = 100;
const GET_KEYBOARD_MAPPING = 101;
const MIN_KEYCODE = 8;
const KEYCODES = 248;
/** Spare keycodes in use (chosen: a whole text event of 64 bytes fits, so that no key changes its meaning while its press is under way). */
const MAX_SPARE_KEYS = 64;

/**
 * Types committed text: a character that the keymap has by its own key (with Shift where needed), any other by giving a spare keycode its
 * keysym first. Mapping change and key events go over one X connection, so every program sees them in this order.
 */
export class TextInjector {
  readonly #client: X11Client;
  readonly #xtest: Xtest;
  readonly #map: KeyboardMap;
  /** Keysyms that spare keycodes have now, oldest first. */
  readonly #assigned = new Map<number, number>();
  #untypedCharacters = 0;

  /** Reads the keymap once. @returns undefined when the server does not tell it. */
  static async open(client: X11Client, xtest: Xtest): Promise<TextInjector | undefined> {
    const reply = await client.ask(
      GET_KEYBOARD_MAPPING,
      0,
      Buffer.from([MIN_KEYCODE, KEYCODES, 0, 0]),
    );
    if (reply === undefined) return undefined;
    return new TextInjector(client, xtest, new KeyboardMap(reply.subarray(32), reply[1] ?? 0));
  }

  private constructor(client: X11Client, xtest: Xtest, map: KeyboardMap) {
    this.#client = client;
    this.#xtest = xtest;
    this.#map = map;
  }

  /** Characters that no key can make. */
  get untypedCharacters(): number {
    return this.#untypedCharacters;
  }

  /** Types the text; resolves when the server has handled it (or is gone). */
  async type(text: string): Promise<void> {
    for (const character of text) {
      const keysym = keysymOf(character.codePointAt(0) ?? 0);
      const stroke = keysym === undefined ? undefined : this.#strokeFor(keysym);
      if (stroke === undefined) this.#untypedCharacters += 1;
      else this.#press(stroke);
    }
    await this.#xtest.sync();
  }

  #press({ keycode, needsShift }: KeyStroke): void {
    const shift = needsShift ? this.#map.shiftKeycode : undefined;
    if (shift !== undefined) this.#xtest.fake('keyPress', shift);
    this.#xtest.fake('keyPress', keycode);
    this.#xtest.fake('keyRelease', keycode);
    if (shift !== undefined) this.#xtest.fake('keyRelease', shift);
  }

  #strokeFor(keysym: number): KeyStroke | undefined {
    const stroke = this.#map.strokeOf(keysym);
    if (stroke !== undefined) return stroke;
    const known = this.#assigned.get(keysym);
    const keycode = known ?? this.#spareKeycode();
    if (keycode === undefined) return undefined;
    this.#assigned.delete(keysym); // to the end: used last
    this.#assigned.set(keysym, keycode);
    if (known === undefined) this.#assign(keycode, keysym);
    return { keycode, needsShift: false };
  }

  /** A keycode that means nothing, else the one that was used longest ago. */
  #spareKeycode(): number | undefined {
    const { spareKeycodes } = this.#map;
    const limit = Math.min(MAX_SPARE_KEYS, spareKeycodes.length);
    // From the top: low keycodes are those that a real key might still have.
    if (this.#assigned.size < limit) return spareKeycodes.at(-1 - this.#assigned.size);
    const oldest = this.#assigned.entries().next().value;
    if (oldest === undefined) return undefined;
    this.#assigned.delete(oldest[0]);
    return oldest[1];
  }

  /** The same symbol in both columns, so that Shift and Caps Lock change nothing. */
  #assign(keycode: number, keysym: number): void {
    const data = Buffer.alloc(12);
    data[0] = keycode;
    data[1] = 2;
    data.writeUInt32LE(keysym, 4);
    data.writeUInt32LE(keysym, 8);
    this.#client.tell(CHANGE_KEYBOARD_MAPPING, 1, data);
  }
}
