// Asserts every vector by encode and by decode. Free of any platform, so that Node and a browser run the same code.
import {
  decodeInputAck,
  decodeInputPacket,
  encodeInputAck,
  encodeInputPacket,
  encodeMessage,
} from '../src/index.ts';
import { PARSERS } from './directions.ts';
import { toHex } from './hex.ts';
import {
  inputAckVectors,
  inputPacketVectors,
  malformedInputAckVectors,
  malformedInputPacketVectors,
  messageVectors,
  refusedMessageVectors,
} from './vectors.ts';

/** `detail` is empty when `ok`; otherwise it says what came instead. */
export type VectorResult = { readonly name: string; readonly ok: boolean; readonly detail: string };

/** A text that two values share only when they are equal: keys in order, binary and kinds of number told apart. */
function canonical(value: unknown): string {
  if (value instanceof Uint8Array) return `bytes:${toHex(value)}`;
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === undefined) return 'undefined';
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([key, field]) => `${key}:${canonical(field)}`).join(',')}}`;
}

function expectSame(name: string, actual: unknown, expected: unknown): VectorResult {
  const [got, wanted] = [canonical(actual), canonical(expected)];
  const ok = got === wanted;
  return { name, ok, detail: ok ? '' : `got ${got}, expected ${wanted}` };
}

/** Runs one check; an exception is its failure. */
function attempt(name: string, run: () => VectorResult): VectorResult {
  try {
    return run();
  } catch (error) {
    return { name, ok: false, detail: `threw ${String(error)}` };
  }
}

function checkMessages(): VectorResult[] {
  return messageVectors.flatMap(({ name, direction, message, bytes }) => [
    attempt(`${direction} ${name}: encode`, () =>
      expectSame(`${direction} ${name}: encode`, encodeMessage(message), bytes),
    ),
    attempt(`${direction} ${name}: decode`, () =>
      expectSame(`${direction} ${name}: decode`, PARSERS[direction](bytes), { ok: true, message }),
    ),
  ]);
}

function checkRefusedMessages(): VectorResult[] {
  return refusedMessageVectors.map(({ name, direction, code, bytes }) =>
    attempt(`${direction} refuses ${name}`, () => {
      const result = PARSERS[direction](bytes);
      const got = result.ok ? 'accepted' : result.code;
      return expectSame(`${direction} refuses ${name}`, got, code);
    }),
  );
}

function checkInput(): VectorResult[] {
  return [
    ...inputPacketVectors.flatMap(({ name, packet, bytes }) => [
      attempt(`input packet ${name}: encode`, () =>
        expectSame(`input packet ${name}: encode`, encodeInputPacket(packet), bytes),
      ),
      attempt(`input packet ${name}: decode`, () =>
        expectSame(`input packet ${name}: decode`, decodeInputPacket(bytes), packet),
      ),
    ]),
    ...malformedInputPacketVectors.map(({ name, bytes }) =>
      attempt(`input packet refuses ${name}`, () =>
        expectSame(`input packet refuses ${name}`, decodeInputPacket(bytes), undefined),
      ),
    ),
    ...inputAckVectors.flatMap(({ name, ack, bytes }) => [
      attempt(`input ack ${name}: encode`, () =>
        expectSame(`input ack ${name}: encode`, encodeInputAck(ack), bytes),
      ),
      attempt(`input ack ${name}: decode`, () =>
        expectSame(`input ack ${name}: decode`, decodeInputAck(bytes), ack),
      ),
    ]),
    ...malformedInputAckVectors.map(({ name, bytes }) =>
      attempt(`input ack refuses ${name}`, () =>
        expectSame(`input ack refuses ${name}`, decodeInputAck(bytes), undefined),
      ),
    ),
  ];
}

/** One result per vector and way. Never throws. */
export function checkVectors(): VectorResult[] {
  return [...checkMessages(), ...checkRefusedMessages(), ...checkInput()];
}
