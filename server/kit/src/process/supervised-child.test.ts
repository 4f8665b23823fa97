import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { superviseChild, type SuperviseOptions } from './supervised-child.ts';

const node = (script: string, over: Partial<SuperviseOptions> = {}): SuperviseOptions => ({
  command: process.execPath,
  args: ['-e', script],
  env: {},
  readyWhen: 'spawn',
  readyTimeoutMs: 20_000,
  killAfterMs: 200,
  ...over,
});

/** Runs still; a zombie that nobody has reaped does not. */
const isAlive = (pid: number | undefined): boolean => {
  try {
    return !readFileSync(`/proc/${String(pid)}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
};

it('is ready at its first message, takes messages and ends on SIGTERM', async () => {
  const received: unknown[] = [];
  let onEcho: () => void = () => undefined;
  const echoed = new Promise<void>((resolve) => (onEcho = resolve));
  const child = superviseChild(
    node("process.send('up'); process.on('message', (m) => process.send(m))", {
      ipc: true,
      readyWhen: 'message',
      onMessage: (message) => {
        received.push(message);
        if (received.length === 2) onEcho();
      },
    }),
  );
  await child.ready;
  expect(child.send({ n: 1 })).toBe(true);
  await echoed;
  expect(received).toEqual(['up', { n: 1 }]);
  await Promise.all([child.close(), child.close()]);
  expect(await child.exited).toEqual({ exitCode: null, signal: 'SIGTERM' });
  expect(child.send({ n: 2 })).toBe(false);
  expect(child.kill('SIGTERM')).toBe(false);
});

it('is ready at the line that passes, and keeps the last lines of both streams', async () => {
  const child = superviseChild(
    node(
      "console.error('warning'); console.log('one'); console.log('ready 5'); setInterval(() => {}, 1000)",
      {
        readyWhen: (line) => line.startsWith('ready'),
      },
    ),
  );
  await child.ready;
  expect(child.tail()).toEqual(expect.arrayContaining(['warning', 'one', 'ready 5']));
  await child.close();
});

it('rejects with the last lines when it ends before it was ready', async () => {
  const child = superviseChild(
    node("console.error('no display'); process.exit(3)", { readyWhen: 'message', ipc: true }),
  );
  await expect(child.ready).rejects.toMatchObject({ code: 'exited-early', tail: ['no display'] });
  expect(await child.exited).toEqual({ exitCode: 3, signal: null });
});

it('rejects when the command does not exist', async () => {
  const child = superviseChild(node('', { command: '/nonexistent/program' }));
  await expect(child.ready).rejects.toMatchObject({ code: 'spawn-failed' });
  expect(await child.exited).toEqual({ exitCode: null, signal: null });
  await child.close();
});

it('kills a child that is not ready in time', async () => {
  const child = superviseChild(
    node('setInterval(() => {}, 1000)', { readyWhen: 'message', ipc: true, readyTimeoutMs: 50 }),
  );
  await expect(child.ready).rejects.toMatchObject({ code: 'ready-timeout' });
  expect((await child.exited).signal).toBe('SIGKILL');
});

it('kills a child that ignores SIGTERM', async () => {
  const child = superviseChild(
    node("process.on('SIGTERM', () => {}); console.log('up'); setInterval(() => {}, 1000)", {
      readyWhen: (line) => line === 'up',
    }),
  );
  await child.ready;
  await child.close();
  expect((await child.exited).signal).toBe('SIGKILL');
});

it('kills the whole group when asked to', async () => {
  const script = `
    const { spawn } = require('node:child_process');
    const c = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    console.log('pid ' + c.pid); setInterval(() => {}, 1000)`;
  let grandchild: number | undefined;
  const child = superviseChild(
    node(script, {
      ownGroup: true,
      readyWhen: (line) => {
        grandchild = Number(line.split(' ')[1]);
        return true;
      },
    }),
  );
  await child.ready;
  expect(isAlive(grandchild)).toBe(true);
  await child.close();
  await expect.poll(() => isAlive(grandchild)).toBe(false);
});

it('bounds what a flood of output keeps', async () => {
  const child = superviseChild(
    node("for (let i = 0; i < 20000; i++) console.log('x'.repeat(1000))", {
      tailLines: 5,
      maxLineLength: 10,
    }),
  );
  await child.exited;
  expect(child.tail()).toEqual(Array.from({ length: 5 }, () => 'x'.repeat(10)));
  expect(child.outputBytes()).toBe(20_000 * 1001);
});
