// Messages to bytes and back. Everything that comes from a socket or a control channel passes one of the six parsers, once.
import * as v from 'valibot';
import {
  MAX_CONTROL_MESSAGE_BYTES,
  MAX_EDGE_MESSAGE_BYTES,
  MAX_PLAYER_MESSAGE_BYTES,
} from './limits.ts';
import {
  edgeToPlayerControlSchema,
  playerToEdgeControlSchema,
  type EdgeToPlayerControl,
  type PlayerToEdgeControl,
} from './messages/control.ts';
import {
  edgeToSignalingSchema,
  signalingToEdgeSchema,
  type EdgeToSignaling,
  type SignalingToEdge,
} from './messages/edge.ts';
import {
  playerToSignalingSchema,
  signalingToPlayerSchema,
  type PlayerToSignaling,
  type SignalingToPlayer,
} from './messages/player.ts';
import { packPlain, unpackPlain } from './wire/msgpack.ts';
import { scanMessage, type ScanFault } from './wire/scan.ts';

/** Every message of every direction. */
export type WireMessage =
  | PlayerToSignaling
  | SignalingToPlayer
  | EdgeToSignaling
  | SignalingToEdge
  | EdgeToPlayerControl
  | PlayerToEdgeControl;

/**
 * Why a message was refused. `too-large`: more bytes than the direction allows. `not-msgpack`: not one whole MessagePack value.
 * `forbidden-value`: an extension, a 64-bit integer, a key that is doubled, not ASCII or touches a prototype. `too-complex`: nested
 * too deep or too many values. `unknown-type`: a message that this direction does not have. `bad-shape`: its fields are wrong.
 */
export type ParseFailureCode = ScanFault | 'too-large' | 'unknown-type' | 'bad-shape';

/** `detail` is for a log: it names the field and what was expected, never what was received. */
export type ParseResult<T> =
  | { readonly ok: true; readonly message: T }
  | { readonly ok: false; readonly code: ParseFailureCode; readonly detail: string };

/**
 * MessagePack bytes of a message, in a buffer of their own. Fields that are undefined are left out. Does not look at limits: what
 * may become too large (facts of an edge) is cut by who builds it. @throws {TypeError} for a value that is no part of any message.
 */
export function encodeMessage(message: WireMessage): Uint8Array<ArrayBuffer> {
  return packPlain(message);
}

type Direction<T> = {
  readonly maxBytes: number;
  readonly types: ReadonlySet<string>;
  readonly parse: (value: unknown) => v.SafeParseResult<v.GenericSchema<unknown, T>>;
};

type MessageSchema = { readonly entries: { readonly type: { readonly literal: string } } };

function direction<T>(
  schema: v.GenericSchema<unknown, T> & { readonly options: readonly MessageSchema[] },
  maxBytes: number,
): Direction<T> {
  const parse = v.safeParser(schema, { abortEarly: true });
  return { maxBytes, types: new Set(schema.options.map((o) => o.entries.type.literal)), parse };
}

function typeOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('type' in value)) return undefined;
  return typeof value.type === 'string' ? value.type : undefined;
}

function fail(code: ParseFailureCode, detail: string): ParseResult<never> {
  return { ok: false, code, detail };
}

function parseAs<T>(rules: Direction<T>, bytes: Uint8Array): ParseResult<T> {
  if (bytes.byteLength > rules.maxBytes) {
    return fail('too-large', `more than ${String(rules.maxBytes)} bytes`);
  }
  const fault = scanMessage(bytes);
  if (fault !== undefined) return fail(fault, 'refused before it was decoded');
  try {
    const value = unpackPlain(bytes);
    const type = typeOf(value);
    if (type === undefined) return fail('bad-shape', 'a message is a map with a type');
    if (!rules.types.has(type)) return fail('unknown-type', 'this direction has no such message');
    const result = rules.parse(value);
    if (result.success) return { ok: true, message: result.output };
    const issue = result.issues[0];
    return fail(
      'bad-shape',
      `${type}.${v.getDotPath(issue) ?? ''}: expected ${issue.expected ?? 'otherwise'}`,
    );
  } catch {
    return fail('not-msgpack', 'the decoder refused it');
  }
}

const fromPlayer = direction<PlayerToSignaling>(playerToSignalingSchema, MAX_PLAYER_MESSAGE_BYTES);
const toPlayer = direction<SignalingToPlayer>(signalingToPlayerSchema, MAX_PLAYER_MESSAGE_BYTES);
const fromEdge = direction<EdgeToSignaling>(edgeToSignalingSchema, MAX_EDGE_MESSAGE_BYTES);
const toEdge = direction<SignalingToEdge>(signalingToEdgeSchema, MAX_EDGE_MESSAGE_BYTES);
const edgeControl = direction<EdgeToPlayerControl>(
  edgeToPlayerControlSchema,
  MAX_CONTROL_MESSAGE_BYTES,
);
const playerControl = direction<PlayerToEdgeControl>(
  playerToEdgeControlSchema,
  MAX_CONTROL_MESSAGE_BYTES,
);

/** Player -> signaling, WebSocket /ws/player. Never throws. */
export function parsePlayerToSignaling(bytes: Uint8Array): ParseResult<PlayerToSignaling> {
  return parseAs(fromPlayer, bytes);
}
/** Signaling -> player, WebSocket /ws/player. Never throws. */
export function parseSignalingToPlayer(bytes: Uint8Array): ParseResult<SignalingToPlayer> {
  return parseAs(toPlayer, bytes);
}
/** Edge -> signaling, WebSocket /ws/edge. Never throws. */
export function parseEdgeToSignaling(bytes: Uint8Array): ParseResult<EdgeToSignaling> {
  return parseAs(fromEdge, bytes);
}
/** Signaling -> edge, WebSocket /ws/edge. Never throws. */
export function parseSignalingToEdge(bytes: Uint8Array): ParseResult<SignalingToEdge> {
  return parseAs(toEdge, bytes);
}
/** Session host -> page, data channel `control`. Never throws. */
export function parseEdgeToPlayerControl(bytes: Uint8Array): ParseResult<EdgeToPlayerControl> {
  return parseAs(edgeControl, bytes);
}
/** Page -> session host, data channel `control`. Never throws. */
export function parsePlayerToEdgeControl(bytes: Uint8Array): ParseResult<PlayerToEdgeControl> {
  return parseAs(playerControl, bytes);
}
