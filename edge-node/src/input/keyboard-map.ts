/** How a character is typed with the present keymap. */
export type KeyStroke = { readonly keycode: number; readonly needsShift: boolean };

const MIN_KEYCODE = 8;
const UNICODE_KEYSYM = 0x0100_0000;
const SHIFT_LEFT_KEYSYM = 0xffe1;
/** Characters below 32 that are keys of their own; other control characters are not typed. */
const CONTROL_KEYSYMS: Readonly<Record<number, number>> = {
  8: 0xff08,
  9: 0xff09,
  10: 0xff0d,
  13: 0xff0d,
  27: 0xff1b,
};

/**
 * Keysym of a Unicode code point (X11 protocol, appendix A "KEYSYM encoding"): Latin-1 as it is, everything else with the Unicode flag.
 * Undefined for control characters without a key.
 */
export function keysymOf(codePoint: number): number | undefined {
  if (codePoint < 0x20) return CONTROL_KEYSYMS[codePoint];
  if (codePoint >= 0x7f && codePoint < 0xa0) return undefined;
  return codePoint <= 0xff ? codePoint : UNICODE_KEYSYM | codePoint;
}

/** A keymap as `GetKeyboardMapping` tells it: which key makes which keysym, and which keycodes have none. */
export class KeyboardMap {
  readonly #strokes = new Map<number, KeyStroke>();
  /** Keycodes without any keysym, in rising order. */
  readonly spareKeycodes: readonly number[];

  /** `keysyms`: little-endian u32, `keysymsPerKeycode` for each keycode from 8 on. */
  constructor(keysyms: Buffer, keysymsPerKeycode: number) {
    const spare: number[] = [];
    const rowBytes = Math.max(1, keysymsPerKeycode) * 4;
    for (let row = 0; (row + 1) * rowBytes <= keysyms.length; row++) {
      const keycode = MIN_KEYCODE + row;
      let isSpare = true;
      for (let column = 0; column < keysymsPerKeycode; column++) {
        const keysym = keysyms.readUInt32LE(row * rowBytes + column * 4);
        if (keysym === 0) continue;
        isSpare = false;
        // Columns 0 and 1 are the plain and the shifted symbol of the first group; others need a modifier that we do not press.
        if (column < 2 && !this.#strokes.has(keysym))
          this.#strokes.set(keysym, { keycode, needsShift: column === 1 });
      }
      if (isSpare) spare.push(keycode);
    }
    this.spareKeycodes = spare;
  }

  /** The key that makes this keysym, if any does. */
  strokeOf(keysym: number): KeyStroke | undefined {
    return this.#strokes.get(keysym);
  }

  get shiftKeycode(): number | undefined {
    return this.#strokes.get(SHIFT_LEFT_KEYSYM)?.keycode;
  }
}
