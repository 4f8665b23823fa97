// The command line as a stranger uses it: wrong first, then right. Every refusal is a few sentences, never a stack trace.
import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { repositoryRoot } from '../architecture/repository.ts';

const MAIN = path.join(repositoryRoot, 'server/cli/src/main.ts');
/** A title that starts everywhere: what is tested here ends before its first picture. */
const ANY_TITLE = path.join(repositoryRoot, 'test/fixtures/titles/never-draws');
const isRoot = process.getuid?.() === 0;

let scratch = '';
let occupied: Server;
let occupiedPort = '';

beforeAll(async () => {
  scratch = mkdtempSync(path.join(tmpdir(), 'perigee-cli-'));
  chmodSync(scratch, 0o711); // the session's users must be able to pass it
  occupied = createServer();
  occupied.listen(0, '127.0.0.1');
  await once(occupied, 'listening');
  const address = occupied.address();
  occupiedPort = typeof address === 'object' && address !== null ? String(address.port) : '';
});

afterAll(async () => {
  occupied.close();
  await once(occupied, 'close');
  rmSync(scratch, { recursive: true, force: true });
});

type Outcome = { readonly exitCode: number; readonly stdout: string; readonly stderr: string };

/** Runs `perigee <args>` to its end, with no PERIGEE_* keys but free ports, folders of its own and `env`. */
function perigee(args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  const inherited = Object.entries(process.env).filter(([key]) => !key.startsWith('PERIGEE_'));
  const own = {
    PERIGEE_PORT: '0',
    PERIGEE_METRICS_PORT: '0',
    PERIGEE_DATA_DIR: path.join(scratch, 'data'),
    PERIGEE_RUN_DIR: path.join(scratch, 'run'),
  };
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [MAIN, ...args],
      {
        env: { ...Object.fromEntries(inherited), ...own, ...env },
        timeout: 30_000,
        killSignal: 'SIGKILL',
      },
      (_error, stdout, stderr) => {
        resolve({ exitCode: child.exitCode ?? -1, stdout, stderr });
      },
    );
  });
}

/** A refusal as people should meet it: the sentence, exit 1, nothing on standard output, no stack trace. */
function expectRefusal(outcome: Outcome, sentences: readonly string[]): void {
  expect(outcome.stderr).not.toMatch(/^\s+at /m);
  for (const sentence of sentences) expect(outcome.stderr).toContain(sentence);
  expect(outcome).toMatchObject({ exitCode: 1, stdout: '' });
}

function titleFolder(name: string, files: Record<string, string>): string {
  const folder = path.join(scratch, name);
  mkdirSync(folder, { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(path.join(folder, file), text);
  return folder;
}

const FLASH = {
  id: 'flash',
  name: 'Flash',
  version: '1.0.0',
  command: './flash',
  resolution: { width: 1280, height: 720 },
  fps: 60,
  input: ['keyboard', 'mouse'],
};

describe('the command', () => {
  it.each([
    { args: [], says: 'a command is missing' },
    { args: ['fly'], says: 'there is no command "fly"' },
    { args: ['run'], says: 'run takes one FOLDER' },
    { args: ['run', 'one', 'two'], says: 'run takes one FOLDER' },
    { args: ['run', '--loudly', 'one'], says: "Unknown option '--loudly'" },
    { args: ['up', 'now'], says: 'up takes no arguments (now)' },
    { args: ['doctor', 'please'], says: 'doctor takes no arguments (please)' },
  ])('$args is refused with the usage', async ({ args, says }) => {
    const outcome = await perigee(args);
    expect(outcome).toMatchObject({ exitCode: 2, stdout: '' });
    expect(outcome.stderr).toContain(`perigee: ${says}`);
    expect(outcome.stderr).toContain('usage: perigee COMMAND');
    expect(outcome.stderr).not.toMatch(/^\s+at /m);
  });

  it.each(['--help', 'help'])('%s names every command', async (word) => {
    const outcome = await perigee([word]);
    expect(outcome).toMatchObject({ exitCode: 0, stderr: '' });
    for (const name of ['up ', 'run FOLDER', 'doctor']) expect(outcome.stdout).toContain(name);
  });

  it('--version is that of the package', async () => {
    const { version } = JSON.parse(
      readFileSync(path.join(repositoryRoot, 'package.json'), 'utf8'),
    ) as { version: string };
    expect(await perigee(['--version'])).toEqual({
      exitCode: 0,
      stdout: `${version}\n`,
      stderr: '',
    });
  });
});

describe('run', () => {
  it('says that a folder or its title.json is not there', async () => {
    const empty = titleFolder('empty', {});
    for (const folder of [empty, path.join(scratch, 'nowhere')]) {
      expectRefusal(await perigee(['run', folder]), [
        `${folder}/title.json: title.json cannot be read (ENOENT)`,
      ]);
    }
  });

  it('says where a title.json stops being JSON', async () => {
    const folder = titleFolder('cut-off', { 'title.json': '{"id": "flash", ' });
    expectRefusal(await perigee(['run', folder]), ['title.json is not JSON']);
  });

  it('names every wrong field of a title.json and what is allowed', async () => {
    const wrong = {
      ...FLASH,
      id: 'Flash Game',
      version: undefined,
      resolution: { width: 1281, height: 720 },
      fps: 600,
      input: ['keybord'],
      colour: 'red',
    };
    const folder = titleFolder('wrong', { 'title.json': JSON.stringify(wrong) });
    expectRefusal(await perigee(['run', folder]), [
      'id must be text that matches ^[a-z0-9][a-z0-9-]{0,63}$, not "Flash Game"',
      'version is missing',
      'resolution.width must be a multiple of 2, not 1281',
      'fps must be a number of at most 120, not 600',
      'input.0 must be one of "keyboard", "mouse", "touch", "gamepad", not "keybord"',
      'colour is not a known field; allowed are id, name, version',
    ]);
  });

  it('says that the program is not there, or not executable', async () => {
    const missing = titleFolder('missing', { 'title.json': JSON.stringify(FLASH) });
    const files = { 'title.json': JSON.stringify(FLASH), flash: '#!/bin/sh\n' };
    const notExecutable = titleFolder('not-executable', files);
    for (const folder of [missing, notExecutable]) {
      expectRefusal(await perigee(['run', folder]), [
        "command ./flash is not an executable file in the title's folder",
      ]);
    }
  });

  it('does not let a title choose a weaker sandbox by itself', async () => {
    const folder = path.join(scratch, 'nested');
    mkdirSync(folder);
    const manifest = JSON.parse(readFileSync(path.join(ANY_TITLE, 'title.json'), 'utf8')) as object;
    const asking = { ...manifest, command: '/usr/bin/true', nestedSandbox: true };
    writeFileSync(path.join(folder, 'title.json'), JSON.stringify(asking));
    const { exitCode, stderr } = await perigee(['run', folder]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('PERIGEE_NESTED_SANDBOX_TITLES');
    expect(stderr).not.toContain('    at ');
  });
});

describe('the environment', () => {
  it('is refused with all problems at once, and a guess for a typing error', async () => {
    const outcome = await perigee(['up'], {
      PERIGEE_SLOTS: '0',
      PERIGEE_LOG_LEVEL: 'loud',
      PERIGEE_PROT: '8080',
      PERIGEE_NO_SUCH_THING: '1',
    });
    expectRefusal(outcome, [
      'PERIGEE_SLOTS: must be a whole number from 1 to 64',
      'PERIGEE_LOG_LEVEL: must be one of ',
      'PERIGEE_PROT: is not a key of this program; did you mean PERIGEE_PORT?',
      'PERIGEE_NO_SUCH_THING: is not a key of this program\n',
    ]);
  });

  it.each(['PERIGEE_PORT', 'PERIGEE_METRICS_PORT'])(
    'names %s when that port is in use',
    async (key) => {
      const outcome = await perigee(['run', ANY_TITLE], { [key]: occupiedPort });
      expectRefusal(outcome, [`${key}: 127.0.0.1:${occupiedPort} is in use by another program`]);
    },
  );

  it('names PERIGEE_LISTEN_HOST when the address is not ours', async () => {
    // TEST-NET-3 of RFC 5737: nobody's address.
    const outcome = await perigee(['run', ANY_TITLE], { PERIGEE_LISTEN_HOST: '203.0.113.9' });
    expectRefusal(outcome, ['PERIGEE_LISTEN_HOST: 203.0.113.9 is not an address of this machine']);
  });

  it.runIf(isRoot)('names the folder that the users of a session cannot pass', async () => {
    const closed = path.join(scratch, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    const env = { PERIGEE_RUN_DIR: path.join(closed, 'run') };
    expectRefusal(await perigee(['run', ANY_TITLE], env), [
      `PERIGEE_RUN_DIR: the sessions' users cannot pass ${closed}; choose another folder`,
    ]);
  });

  it.each(['PERIGEE_DATA_DIR', 'PERIGEE_RUN_DIR'])(
    'names %s when it cannot be made',
    async (key) => {
      const file = path.join(scratch, 'a-file');
      writeFileSync(file, '');
      const outcome = await perigee(['run', ANY_TITLE], { [key]: path.join(file, 'below') });
      expectRefusal(outcome, [`${key}: ${file}/below`, 'cannot be used (mkdir: ENOTDIR)']);
    },
  );
});

describe('doctor', () => {
  it('has a verdict on everything that a stream needs', async () => {
    const { exitCode, stdout, stderr } = await perigee(['doctor']);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(exitCode).toBe(0);
    const verdicts = new Map(
      stdout.split('\n').map((line) => [line.slice(0, 12).trim(), line.slice(13).trim()]),
    );
    for (const subject of ['display', 'sound', 'encoder', 'ffmpeg', 'protections', 'titles']) {
      expect(verdicts.get(subject), subject).toMatch(/\S/);
    }
    expect(verdicts.get('encoder')).toMatch(/^h264:\w+/);
    expect(verdicts.get('titles')).toContain('Latency probe');
  });
});
