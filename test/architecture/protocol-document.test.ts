// PROTOCOL.md against the code, in both directions: a row that the code does not have fails as a constant without a row does.
import { describe, expect, test } from 'vitest';
import * as protocol from '@perigee/protocol';
import { CLOSE_CODES, DATA_CHANNELS, ERROR_CODES } from '@perigee/protocol';
import { messageVectors, refusedMessageVectors } from '@perigee/protocol/vectors';
import * as inputLimits from '../../signaling/protocol/src/input/packet.ts';
import * as limits from '../../signaling/protocol/src/limits.ts';
import { readRepositoryFile } from './repository.ts';

const document = readRepositoryFile('signaling/protocol/PROTOCOL.md');

/** The cells of the rows of the first table behind a text, without back quotes; the table's own head is left out. */
function tableBehind(text: string): string[][] {
  const from = document.indexOf(text);
  if (from === -1) throw new Error(`PROTOCOL.md has no "${text}"`);
  const lines = document.slice(from).split('\n');
  const start = lines.findIndex((line) => line.startsWith('|'));
  const end = lines.findIndex((line, k) => k > start && !line.startsWith('|'));
  return lines.slice(start + 2, end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  );
}

test('the limits are those of the code', () => {
  const rows = tableBehind('\n## Limits\n').map(([name, value]) => [name, value]);
  const code = Object.entries({ ...limits, ...inputLimits });
  expect(Object.fromEntries(rows)).toEqual(
    Object.fromEntries(code.map(([name, value]) => [name, String(value)])),
  );
  expect(rows).toHaveLength(code.length);
});

test('every limit is exported by the package', () => {
  expect(protocol).toMatchObject({ ...limits, ...inputLimits });
});

test('the error codes, their sentences and whether to retry are those of the code', () => {
  const rows = tableBehind('\n## Error codes\n');
  const code = Object.entries(ERROR_CODES).map(([name, { message, retryable }]) => [
    name,
    retryable ? 'yes' : 'no',
    message,
  ]);
  expect(rows).toEqual(code);
});

test('the close codes are those of the code', () => {
  const rows = tableBehind('\n## Close codes\n').map(([code, name]) => [code, name]);
  const code = Object.entries(CLOSE_CODES).map(([name, number]) => [String(number), name]);
  expect(rows).toEqual(code);
  for (const [number] of rows) expect(number).toMatch(/^4\d{3}$/);
});

describe('the message table', () => {
  test.each([
    { heading: '### Player to signaling', direction: 'playerToSignaling' },
    { heading: '### Signaling to player', direction: 'signalingToPlayer' },
    { heading: '### Edge to signaling', direction: 'edgeToSignaling' },
    { heading: '### Signaling to edge', direction: 'signalingToEdge' },
    { heading: '### Session host to page', direction: 'edgeToPlayerControl' },
    { heading: '### Page to session host', direction: 'playerToEdgeControl' },
  ])('"$heading" has the messages of the code', ({ heading, direction }) => {
    // The vectors hold every type of the schemas, and nothing else: test-vectors/check.test.ts.
    const types = messageVectors
      .filter((vector) => vector.direction === direction)
      .map(({ message }) => message.type);
    const rows = tableBehind(heading).map(([type]) => type);
    expect(rows.toSorted()).toEqual([...new Set(types)].toSorted());
  });
});

test('the parse failures are those of the code', () => {
  const rows = tableBehind('each refusal has a code').map(([code]) => code);
  const seen = refusedMessageVectors.map(({ code }) => code);
  // Too large to stand in a file of vectors; codec.test.ts has it.
  expect(rows.toSorted()).toEqual([...new Set([...seen, 'too-large'])].toSorted());
});

test.each(Object.entries(DATA_CHANNELS))('the data channel %s is described', (name, channel) => {
  const kind = channel.ordered ? 'ordered, reliable' : 'unordered, `maxRetransmits: 0`';
  expect(document).toContain(`data channel \`${name}\` (id ${String(channel.id)}, ${kind})`);
});
