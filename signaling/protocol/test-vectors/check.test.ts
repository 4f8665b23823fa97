import { expect, test } from 'vitest';
import {
  edgeToPlayerControlSchema,
  edgeToSignalingSchema,
  playerToEdgeControlSchema,
  playerToSignalingSchema,
  signalingToEdgeSchema,
  signalingToPlayerSchema,
} from '../src/index.ts';
import { checkVectors } from './check.ts';
import { inputPacketVectors, messageVectors } from './vectors.ts';

test.each(checkVectors())('$name', ({ ok, detail }) => {
  expect(detail).toBe('');
  expect(ok).toBe(true);
});

test.each([
  { direction: 'playerToSignaling', schema: playerToSignalingSchema },
  { direction: 'signalingToPlayer', schema: signalingToPlayerSchema },
  { direction: 'edgeToSignaling', schema: edgeToSignalingSchema },
  { direction: 'signalingToEdge', schema: signalingToEdgeSchema },
  { direction: 'edgeToPlayerControl', schema: edgeToPlayerControlSchema },
  { direction: 'playerToEdgeControl', schema: playerToEdgeControlSchema },
])('every message type of $direction has a vector, and every vector a type', (row) => {
  const types = row.schema.options.map(({ entries }) => entries.type.literal);
  const vectors = messageVectors.filter(({ direction }) => direction === row.direction);
  expect([...new Set(vectors.map(({ message }) => message.type))].toSorted()).toEqual(
    types.toSorted(),
  );
});

test('every kind of input event has a vector', () => {
  const kinds = inputPacketVectors.flatMap(({ packet }) => packet.events.map(({ kind }) => kind));
  expect([...new Set(kinds)].toSorted()).toEqual([
    'button',
    'key',
    'releaseAll',
    'text',
    'touchDown',
    'touchUp',
  ]);
});

test('no two vectors share a name', () => {
  const names = checkVectors().map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});
