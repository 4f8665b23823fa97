// Reads a MessagePack message without building it, so that nothing hostile reaches the real decoder: no extension type, no 64-bit
// integer (it would become a BigInt), no key that touches a prototype, no announced length that the bytes do not hold, no nesting or
// number of values without bound, exactly one value and nothing behind it.
import {
  MAX_KEY_BYTES,
  MAX_MAP_ENTRIES,
  MAX_MESSAGE_DEPTH,
  MAX_MESSAGE_VALUES,
} from '../limits.ts';
import { isWellFormedUtf8 } from './utf8.ts';

/** Why a message is refused before it is decoded. */
export type ScanFault = 'not-msgpack' | 'forbidden-value' | 'too-complex';

const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** Internal signal: caught in scanMessage, never leaves this file. */
class Refusal extends Error {
  readonly fault: ScanFault;
  constructor(fault: ScanFault) {
    super(fault);
    this.fault = fault;
  }
}

class Scanner {
  readonly #bytes: Uint8Array;
  #at = 0;
  #values = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  scan(): void {
    this.#value(1);
    if (this.#at !== this.#bytes.length) throw new Refusal('not-msgpack');
  }

  /** Big-endian unsigned integer of 1, 2 or 4 bytes. */
  #uint(width: number): number {
    const start = this.#take(width);
    let value = 0;
    for (let k = 0; k < width; k += 1) value = value * 256 + (this.#bytes[start + k] ?? 0);
    return value;
  }

  /** Steps over `count` bytes; gives where they begin. */
  #take(count: number): number {
    const start = this.#at;
    if (count > this.#bytes.length - start) throw new Refusal('not-msgpack');
    this.#at = start + count;
    return start;
  }

  #value(depth: number): void {
    if (depth > MAX_MESSAGE_DEPTH) throw new Refusal('too-complex');
    this.#values += 1;
    if (this.#values > MAX_MESSAGE_VALUES) throw new Refusal('too-complex');
    const tag = this.#uint(1);
    if (tag <= 0x7f || tag >= 0xe0) return;
    if (tag <= 0x8f) this.#map(tag & 0x0f, depth);
    else if (tag <= 0x9f) this.#array(tag & 0x0f, depth);
    else if (tag <= 0xbf) this.#string(tag & 0x1f);
    else this.#tagged(tag, depth);
  }

  /** Tags 0xc0..0xdf of the MessagePack format table. */
  #tagged(tag: number, depth: number): void {
    switch (tag) {
      case 0xc0: // nil
      case 0xc2: // false
      case 0xc3: // true
        return;
      case 0xc4: // bin 8
      case 0xc5: // bin 16
      case 0xc6: // bin 32
        this.#take(this.#uint(1 << (tag - 0xc4)));
        return;
      case 0xca: // float 32
        this.#take(4);
        return;
      case 0xcb: // float 64
        this.#take(8);
        return;
      case 0xcc: // uint 8
      case 0xcd: // uint 16
      case 0xce: // uint 32
        this.#take(1 << (tag - 0xcc));
        return;
      case 0xd0: // int 8
      case 0xd1: // int 16
      case 0xd2: // int 32
        this.#take(1 << (tag - 0xd0));
        return;
      case 0xd9: // str 8
      case 0xda: // str 16
      case 0xdb: // str 32
        this.#string(this.#uint(1 << (tag - 0xd9)));
        return;
      case 0xdc: // array 16
      case 0xdd: // array 32
        this.#array(this.#uint(tag === 0xdc ? 2 : 4), depth);
        return;
      case 0xde: // map 16
      case 0xdf: // map 32
        this.#map(this.#uint(tag === 0xde ? 2 : 4), depth);
        return;
      case 0xc1: // never used
        throw new Refusal('not-msgpack');
      default: // ext 0xc7..0xc9, fixext 0xd4..0xd8, uint 64 0xcf, int 64 0xd3
        throw new Refusal('forbidden-value');
    }
  }

  #string(length: number): void {
    const start = this.#take(length);
    if (!isWellFormedUtf8(this.#bytes, start, start + length)) throw new Refusal('not-msgpack');
  }

  #array(length: number, depth: number): void {
    for (let k = 0; k < length; k += 1) this.#value(depth + 1);
  }

  #map(entries: number, depth: number): void {
    if (entries > MAX_MAP_ENTRIES) throw new Refusal('too-complex');
    const seen = new Set<string>();
    for (let k = 0; k < entries; k += 1) {
      const key = this.#key();
      if (FORBIDDEN_KEYS.has(key) || seen.has(key)) throw new Refusal('forbidden-value');
      seen.add(key);
      this.#value(depth + 1);
    }
  }

  /** A key is a short ASCII string: field names are ours. */
  #key(): string {
    const tag = this.#uint(1);
    if (tag !== 0xd9 && (tag < 0xa0 || tag > 0xbf)) throw new Refusal('forbidden-value');
    const length = tag === 0xd9 ? this.#uint(1) : tag & 0x1f;
    if (length > MAX_KEY_BYTES) throw new Refusal('too-complex');
    const start = this.#take(length);
    let key = '';
    for (let k = 0; k < length; k += 1) {
      const byte = this.#bytes[start + k] ?? 0;
      if (byte > 0x7f) throw new Refusal('forbidden-value');
      key += String.fromCharCode(byte);
    }
    return key;
  }
}

/** What is wrong with these bytes as a message, or undefined when the decoder may have them. Never throws; builds no value. */
export function scanMessage(bytes: Uint8Array): ScanFault | undefined {
  try {
    new Scanner(bytes).scan();
    return undefined;
  } catch (error) {
    return error instanceof Refusal ? error.fault : 'not-msgpack';
  }
}
