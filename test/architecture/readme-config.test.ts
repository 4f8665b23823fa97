// The README's configuration table against the code, in both directions: a key without a row fails as a row without a key does.
import { expect, test } from 'vitest';
import { embeddedEnvironment } from '../../server/cli/src/embedded-stack.ts';
import { readRepositoryFile } from './repository.ts';

const HEADING = '\n## Configuration\n';

/** The rows of the first table of the section, without the padding of a formatter; the table's own head is left out. */
function rowsOfReadme(): string[] {
  const readme = readRepositoryFile('README.md');
  const from = readme.indexOf(HEADING);
  if (from === -1) throw new Error('README.md has no section "## Configuration"');
  const lines = readme.slice(from + HEADING.length).split('\n');
  const start = lines.findIndex((line) => line.startsWith('|'));
  const end = lines.findIndex((line, k) => k > start && !line.startsWith('|'));
  return lines
    .slice(start + 2, end === -1 ? undefined : end)
    .map((line) => line.replaceAll(/ +\|/g, ' |'));
}

/** The row that the README must have for each key, in the order of the code. */
function rowsOfCode(): string[] {
  return Object.values(embeddedEnvironment).map(({ key, defaultValue, help }) => {
    const value = typeof defaultValue === 'object' ? JSON.stringify(defaultValue) : defaultValue;
    const shown = value === '' ? 'empty' : `\`${String(value)}\``;
    return `| \`${key}\` | ${shown} | ${help.replaceAll('|', '\\|')} |`;
  });
}

test('the configuration table of README.md is that of the code (a failure prints the row to write)', () => {
  expect(rowsOfReadme()).toEqual(rowsOfCode());
});

test('no key is read twice under different names', () => {
  const keys = Object.values(embeddedEnvironment).map(({ key }) => key);
  expect(new Set(keys).size).toBe(keys.length);
});
