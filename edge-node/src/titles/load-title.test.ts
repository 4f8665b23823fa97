import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isBelowHome, loadTitle, loadTitles } from './load-title.ts';
import { TitleError } from './title-error.ts';
import { titleInfo } from './title.ts';

/** The least that is accepted, as publishers are told. */
const LEAST =
  '{"id":"flash","name":"Flash","version":"1.0.0","command":"./flash","resolution":{"width":1280,"height":720},"fps":60,"input":["keyboard","mouse"]}';
const least = JSON.parse(LEAST) as Record<string, unknown>;

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pg-'));
  writeFileSync(join(folder, 'flash'), '#!/bin/sh\n', { mode: 0o755 });
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function problemsOf(manifest: unknown): string[] {
  writeFileSync(join(folder, 'title.json'), JSON.stringify(manifest));
  return thrownBy(() => loadTitle(folder));
}

function thrownBy(load: () => unknown): string[] {
  try {
    load();
  } catch (error) {
    expect(error).toBeInstanceOf(TitleError);
    return (error as TitleError).problems.map(({ message }) => message);
  }
  return [];
}

describe('loadTitle', () => {
  test('accepts the least manifest and fills in the rest', () => {
    writeFileSync(join(folder, 'title.json'), LEAST);
    const { manifest, folder: at } = loadTitle(folder);
    expect(at).toBe(folder);
    expect(manifest).toMatchObject({
      ...least,
      args: [],
      env: {},
      settings: {},
      savePaths: [],
      windowManager: 'none',
      dbusSession: false,
      memoryLimitMb: 2048,
    });
    expect(titleInfo(manifest)).toEqual({
      titleId: 'flash',
      name: 'Flash',
      version: '1.0.0',
      description: '',
      category: '',
      resolution: { width: 1280, height: 720 },
      fps: 60,
      input: ['keyboard', 'mouse'],
    });
  });

  test.each([
    [{ fps: '60' }, 'fps must be of type integer, not "60"'],
    [{ fps: 0 }, 'fps must be a number of at least 1, not 0'],
    [{ id: 'Flash!' }, 'id must be text that matches ^[a-z0-9][a-z0-9-]{0,63}$, not "Flash!"'],
    [
      { input: ['pedals'] },
      'input.0 must be one of "keyboard", "mouse", "touch", "gamepad", not "pedals"',
    ],
    [
      { input: ['touch', 'touch'] },
      'input must be a list without repetitions, not ["touch","touch"]',
    ],
    [{ resolution: { width: 1280 } }, 'resolution.height is missing'],
    [
      { resolution: { width: 9000, height: 720 } },
      'resolution.width must be a number of at most 2560, not 9000',
    ],
    [{ windowManager: 'gnome' }, 'windowManager must be one of "none", "matchbox", not "gnome"'],
    [
      { env: { 'A B': '1' } },
      'env.A B is not an allowed name: text that matches ^[A-Za-z_][A-Za-z0-9_]{0,63}$',
    ],
    [{ name: undefined }, 'name is missing'],
  ])('says which field is wrong and what is allowed: %j', (fields, message) => {
    expect(problemsOf({ ...least, ...fields })).toEqual([message]);
  });

  test('names an unknown field and the known ones', () => {
    const [message] = problemsOf({ ...least, comand: 'x' });
    expect(message).toMatch(
      /^comand is not a known field; allowed are id, name, version,.* savePaths/,
    );
  });

  test('tells every problem at once', () => {
    const problems = problemsOf({ ...least, fps: -1, name: '', id: undefined });
    expect(problems).toHaveLength(3);
  });

  test.each([
    ['/etc/passwd'],
    ['../outside'],
    ['a/../../outside'],
    ['a//b'],
    ['./a'],
    ['a\\b'],
    ['a\nb'],
    [''],
  ])('refuses the settings path %j', (path) => {
    expect(problemsOf({ ...least, settings: { [path]: 'x' } })[0]).toContain('below the home');
    expect(isBelowHome(path)).toBe(false);
  });

  test('refuses a save path that leaves the home', () => {
    expect(problemsOf({ ...least, savePaths: ['saves', '../..'] })).toEqual([
      'savePaths.1 must be a plain path below the home, such as ".config/game.cfg", not "../.."',
    ]);
  });

  test('refuses environment that the edge sets', () => {
    expect(problemsOf({ ...least, env: { DISPLAY: ':1' } })[0]).toMatch(
      /^env.DISPLAY is set by the edge/,
    );
  });

  test.each([
    ['../flash', 'leads out of'],
    ['./missing', 'is not an executable file'],
    ['./data', 'is not an executable file'],
    ['./folder', 'is not an executable file'],
    ['./link', 'leads out of'],
    ['/tmp/flash', "in the title's folder"],
    ['/usr/../tmp/flash', "in the title's folder"],
    ['no-such-program-anywhere', 'is not installed'],
  ])('refuses the command %s', (command, reason) => {
    writeFileSync(join(folder, 'data'), 'x', { mode: 0o644 });
    mkdirSync(join(folder, 'folder'));
    symlinkSync('/bin/sh', join(folder, 'link'));
    const problems = problemsOf({ ...least, command });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(reason);
  });

  test('accepts programs of the system by name and below /usr', () => {
    expect(problemsOf({ ...least, command: 'sh' })).toEqual([]);
    expect(problemsOf({ ...least, command: '/usr/bin/env' })).toEqual([]);
  });

  test.each([
    ['{"id":', 'is not JSON'],
    ['[]', 'must be of type object'],
    ['null', 'must be of type object'],
    ['', 'is not JSON'],
    [' '.repeat(2 * 1024 * 1024), 'larger than 1 MiB'],
  ])('refuses a file that is no manifest', (text, reason) => {
    writeFileSync(join(folder, 'title.json'), text);
    expect(thrownBy(() => loadTitle(folder))[0]).toContain(reason);
  });

  test('refuses a folder without title.json', () => {
    expect(thrownBy(() => loadTitle(folder))[0]).toContain('cannot be read (ENOENT)');
  });
});

test('loadTitles gives the good ones and the errors of the others', () => {
  for (const name of ['b', 'a', 'broken']) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'flash'), '', { mode: 0o755 });
    chmodSync(join(folder, name, 'flash'), 0o755);
    const manifest = name === 'broken' ? {} : { ...least, id: name };
    writeFileSync(join(folder, name, 'title.json'), JSON.stringify(manifest));
  }
  const { titles, errors } = loadTitles(folder);
  expect(titles.map(({ manifest }) => manifest.id)).toEqual(['a', 'b']);
  expect(errors.map((error) => error.folder)).toEqual([join(folder, 'broken')]);
});
