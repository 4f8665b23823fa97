import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
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

/** Starts the wrapper around a child that runs `program`, and reads the child's lines. */
function startWrapper(program: string, args: string[] = []) {
  writeFileSync(path.join(root, 'child.mjs'), program);
  const href = new URL('./project-node.mjs', import.meta.url).href;
  const script = `
    import { runProjectNode } from ${JSON.stringify(href)};
    runProjectNode({ root: ${JSON.stringify(root)}, script: 'child.mjs', args: process.argv.slice(1) });`;
  const flags = ['--input-type=module', '--eval', script, '--', ...args];
  const wrapper = spawn(process.execPath, flags, { stdio: ['pipe', 'pipe', 'inherit'] });
  started = wrapper;
  const lines = createInterface({ input: wrapper.stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string | undefined> => {
    const next = await lines.next();
    return next.done === true ? undefined : next.value;
  };
  const exited = once(wrapper, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  return { wrapper, nextLine, exited };
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

test('a signal sent again later is passed on, and so is another one at once', () => {
  const repeats = createRepeatFilter(300);
  expect(repeats.isNew('SIGINT', 1000)).toBe(true);
  expect(repeats.isNew('SIGINT', 1299)).toBe(false);
  expect(repeats.isNew('SIGTERM', 1299)).toBe(true);
  expect(repeats.isNew('SIGINT', 1300)).toBe(true);
});
