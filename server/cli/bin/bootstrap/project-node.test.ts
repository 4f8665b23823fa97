import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createRepeatFilter } from './project-node.mjs';

let root = '';
let started: ChildProcess | undefined;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'perigee-wrapper-'));
});
afterEach(() => {
  started?.kill('SIGKILL');
  rmSync(root, { recursive: true });
});

/** A program that does what bin/*.mjs do with a script of the project. */
function wrapperScript(): string {
  const href = new URL('./project-node.mjs', import.meta.url).href;
  return `
    import { runProjectNode } from ${JSON.stringify(href)};
    const root = ${JSON.stringify(root)};
    runProjectNode({ root, script: 'child.mjs', args: process.argv.slice(1) });`;
}

function readLines(stream: Readable): () => Promise<string | undefined> {
  const lines = createInterface({ input: stream })[Symbol.asyncIterator]();
  return async () => {
    const next = await lines.next();
    return next.done === true ? undefined : next.value;
  };
}

/** Starts the wrapper around a child that runs `program`, and reads the child's lines. */
function startWrapper(program: string, args: string[] = []) {
  writeFileSync(path.join(root, 'child.mjs'), program);
  const flags = ['--input-type=module', '--eval', wrapperScript(), '--', ...args];
  const wrapper = spawn(process.execPath, flags, { stdio: ['pipe', 'pipe', 'inherit'] });
  started = wrapper;
  const exited = once(wrapper, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  return { wrapper, nextLine: readLines(wrapper.stdout), exited };
}

const patient = `
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const name of names) process.on(name, () => console.log(name));
  process.stdin.on('end', () => process.exit(7)).resume();
  console.log(process.pid);`;

test('arguments, standard input, output and the exit status pass through', async () => {
  const { wrapper, nextLine, exited } = startWrapper(
    `console.log(process.argv.slice(2).join('|'));
     process.stdin.on('data', (text) => { console.log(String(text)); process.exit(42); });`,
    ['run', 'a folder', '--open'],
  );
  expect(await nextLine()).toBe('run|a folder|--open');
  wrapper.stdin.write('typed\n');
  expect(await nextLine()).toBe('typed');
  expect(await exited).toEqual([42, null]);
});

test('a signal that comes twice at once, as Ctrl-C under npm does, reaches the child once', async () => {
  const { wrapper, nextLine, exited } = startWrapper(patient);
  await nextLine();
  wrapper.kill('SIGINT');
  expect(await nextLine()).toBe('SIGINT');
  wrapper.kill('SIGINT');
  wrapper.kill('SIGTERM');
  expect(await nextLine()).toBe('SIGTERM');
  wrapper.stdin.end();
  expect(await exited).toEqual([7, null]);
});

test('when the child dies of a signal, the wrapper dies of the same', async () => {
  const { wrapper, nextLine, exited } = startWrapper(
    `setInterval(() => undefined, 60_000); console.log('ready');`,
  );
  await nextLine();
  wrapper.kill('SIGTERM');
  expect(await exited).toEqual([null, 'SIGTERM']);
});

test.runIf(existsSync('/usr/bin/setpriv'))(
  'a wrapper killed with SIGKILL leaves no child behind',
  async () => {
    const { wrapper, nextLine } = startWrapper(`
      process.on('SIGTERM', () => { console.log('told to end'); process.exit(0); });
      setInterval(() => undefined, 60_000);
      console.log('ready');`);
    await nextLine();
    wrapper.kill('SIGKILL');
    expect(await nextLine()).toBe('told to end');
    expect(await nextLine()).toBeUndefined();
  },
);

test('under npm, a wrapper whose parent is gone ends its child', async () => {
  writeFileSync(
    path.join(root, 'child.mjs'),
    `process.on('SIGTERM', () => { console.log('told to end'); process.exit(0); });
     setInterval(() => undefined, 60_000);
     console.log('ready');`,
  );
  const flags = ['--input-type=module', '--eval', wrapperScript()];
  const command = 'trap "" TERM; "$@" & wait';
  const shell = spawn('sh', ['-c', command, 'sh', process.execPath, ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, npm_command: 'exec' },
  });
  started = shell;
  const nextLine = readLines(shell.stdout);
  expect(await nextLine()).toBe('ready');
  shell.kill('SIGKILL');
  expect(await nextLine()).toBe('told to end');
});

test('a signal sent again later is passed on, and so is another one at once', () => {
  const repeats = createRepeatFilter(300);
  expect(repeats.isNew('SIGINT', 1000)).toBe(true);
  expect(repeats.isNew('SIGINT', 1299)).toBe(false);
  expect(repeats.isNew('SIGTERM', 1299)).toBe(true);
  expect(repeats.isNew('SIGINT', 1300)).toBe(true);
});
