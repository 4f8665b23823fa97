// The golden vectors. The JSON files are written by hand or by another implementation, never by the code that they test: a vector that
// fails is a change of the wire. Binary fields stand as { "$bytes": "hex" }, encoded forms as hex.
import acks from './input-acks.json' with { type: 'json' };
import packets from './input-packets.json' with { type: 'json' };
import messages from './messages.json' with { type: 'json' };
import refusedMessages from './refused-messages.json' with { type: 'json' };
import type { InputAck, InputPacket, ParseFailureCode, WireMessage } from '../src/index.ts';
import { fromHex } from './hex.ts';
import type { DirectionName } from './directions.ts';

export type MessageVector = {
  readonly name: string;
  readonly direction: DirectionName;
  readonly message: WireMessage;
  readonly bytes: Uint8Array<ArrayBuffer>;
};
export type RefusedMessageVector = {
  readonly name: string;
  readonly direction: DirectionName;
  readonly code: ParseFailureCode;
  readonly bytes: Uint8Array<ArrayBuffer>;
};
export type InputPacketVector = {
  readonly name: string;
  readonly packet: InputPacket;
  readonly bytes: Uint8Array<ArrayBuffer>;
};
export type InputAckVector = {
  readonly name: string;
  readonly ack: InputAck;
  readonly bytes: Uint8Array<ArrayBuffer>;
};
export type MalformedVector = { readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> };

/** { "$bytes": hex } to binary, everywhere in a JSON value. */
function revive(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revive);
  if (typeof value !== 'object' || value === null) return value;
  if ('$bytes' in value && typeof value.$bytes === 'string') return fromHex(value.$bytes);
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, revive(field)]));
}

function malformed(rows: readonly { readonly name: string; readonly hex: string }[]) {
  return rows.map(({ name, hex }): MalformedVector => ({ name, bytes: fromHex(hex) }));
}

/** At least one message of every type of every direction. */
export const messageVectors: readonly MessageVector[] = messages.map((row) => ({
  name: row.name,
  direction: row.direction as DirectionName,
  message: revive(row.message) as WireMessage,
  bytes: fromHex(row.hex),
}));

/** Messages that are refused, and the code of it. */
export const refusedMessageVectors: readonly RefusedMessageVector[] = refusedMessages.map(
  (row) => ({
    name: row.name,
    direction: row.direction as DirectionName,
    code: row.code as ParseFailureCode,
    bytes: fromHex(row.hex),
  }),
);

/** Input packets with every kind of event. */
export const inputPacketVectors: readonly InputPacketVector[] = packets.valid.map((row) => ({
  name: row.name,
  packet: row.packet as InputPacket,
  bytes: fromHex(row.hex),
}));
export const malformedInputPacketVectors = malformed(packets.malformed);

export const inputAckVectors: readonly InputAckVector[] = acks.valid.map((row) => ({
  name: row.name,
  ack: row.ack,
  bytes: fromHex(row.hex),
}));
export const malformedInputAckVectors = malformed(acks.malformed);
