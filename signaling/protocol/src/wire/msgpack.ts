// The one configured MessagePack instance. Records off: every message can be read without state. Binary is a plain Uint8Array on
// every platform, never Node's Buffer.
// The build without `new Function` has no types of its own, and every program that imports this file must see ours:
// eslint-disable-next-line @typescript-eslint/triple-slash-reference
/// <reference path="./msgpackr-no-eval.d.ts" />
import { Packr } from 'msgpackr/index-no-eval';

const packr = new Packr({
  useRecords: false,
  mapsAsObjects: true,
  variableMapSize: true,
  moreTypes: false,
  structuredClone: false,
  copyBuffers: true,
});

/** What a message may be made of. `undefined` is a field that is left out. */
type WireValue =
  | null
  | undefined
  | boolean
  | number
  | string
  | Uint8Array
  | readonly WireValue[]
  | { readonly [key: string]: WireValue };

/**
 * The value as it is on the wire: fields that are undefined are left out, and lone surrogates become U+FFFD, because the receiver
 * refuses both. @throws {TypeError} for anything that is no WireValue (BigInt, Map, Date, function): a fault of ours.
 */
function toWire(value: unknown): WireValue {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return value;
  if (typeof value === 'string') return value.toWellFormed();
  if (value instanceof Uint8Array) {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  }
  if (Array.isArray(value)) return value.map(toWire);
  if (typeof value !== 'object')
    throw new TypeError('a message holds a value that the wire does not know');
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new TypeError('a message holds an object that is not plain');
  }
  const fields: Record<string, WireValue> = {};
  for (const [key, field] of Object.entries(value)) {
    if (field !== undefined) fields[key] = toWire(field);
  }
  return fields;
}

/** MessagePack bytes of a plain value; the caller owns them. @throws {TypeError} for a value that the wire does not know. */
export function packPlain(value: unknown): Uint8Array<ArrayBuffer> {
  // A copy into an own buffer of exactly this length, and a plain Uint8Array: msgpackr gives a view into its pool.
  return new Uint8Array(packr.pack(toWire(value)));
}

/** The value of bytes that scanMessage accepted. Binary fields are copies. @throws {Error} for bytes that it would refuse. */
export function unpackPlain(bytes: Uint8Array): unknown {
  // Node's Buffer is a Uint8Array too; through a plain view of it binary fields come out plain.
  return packr.unpack(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}
