import { accessSync, constants, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, join, resolve, sep } from 'node:path';
import { checkShape } from './manifest-schema.ts';
import { TitleError, type TitleProblem } from './title-error.ts';
import type { Title, TitleManifest } from './title.ts';

/** Chosen: settings files are part of it. */
const MAX_MANIFEST_BYTES = 1024 * 1024;
/** PATH of every title. */
export const TITLE_PATH = '/usr/local/games:/usr/games:/usr/local/bin:/usr/bin:/bin';
/** Set by the sandbox; a title that sets them itself would lose its display, sound or home. */
const RESERVED_ENVIRONMENT = [
  'HOME',
  'DISPLAY',
  'XAUTHORITY',
  'PULSE_SERVER',
  'XDG_RUNTIME_DIR',
  'DBUS_SESSION_BUS_ADDRESS',
];

type LeastManifest = Pick<
  TitleManifest,
  'id' | 'name' | 'version' | 'command' | 'resolution' | 'fps' | 'input'
>;

/** Reads and checks `<folder>/title.json`. @throws {TitleError} with every problem found */
export function loadTitle(folder: string): Title {
  const absolute = resolve(folder);
  const value = readManifest(absolute);
  const shapeProblems = checkShape(value);
  if (shapeProblems.length > 0) throw new TitleError(absolute, shapeProblems);
  const manifest = withDefaults(value as LeastManifest & Partial<TitleManifest>);
  const problems = [...checkPaths(manifest), ...checkEnvironment(manifest)];
  problems.push(...checkCommand(absolute, manifest.command));
  if (problems.length > 0) throw new TitleError(absolute, problems);
  return { folder: absolute, manifest };
}

/** Titles below `root` (one folder each, in the order of their names) and the errors of those that cannot be used. */
export function loadTitles(root: string): { titles: Title[]; errors: TitleError[] } {
  const titles: Title[] = [];
  const errors: TitleError[] = [];
  for (const entry of readdirSync(root, { withFileTypes: true }).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  )) {
    if (!entry.isDirectory()) continue;
    try {
      titles.push(loadTitle(join(root, entry.name)));
    } catch (error) {
      if (!(error instanceof TitleError)) throw error;
      errors.push(error);
    }
  }
  return { titles, errors };
}

function readManifest(folder: string): unknown {
  const path = join(folder, 'title.json');
  const fail = (message: string, cause?: unknown): never => {
    throw new TitleError(folder, [{ field: '', message }], cause);
  };
  let text = '';
  try {
    if (statSync(path).size > MAX_MANIFEST_BYTES) fail('title.json is larger than 1 MiB');
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof TitleError) throw error;
    fail(
      `title.json cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`,
      error,
    );
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    return fail(`title.json is not JSON: ${error instanceof Error ? error.message : ''}`, error);
  }
}

function withDefaults(given: LeastManifest & Partial<TitleManifest>): TitleManifest {
  return {
    id: given.id,
    name: given.name,
    version: given.version,
    command: given.command,
    resolution: given.resolution,
    fps: given.fps,
    input: given.input,
    description: given.description ?? '',
    category: given.category ?? '',
    args: given.args ?? [],
    env: given.env ?? {},
    settings: given.settings ?? {},
    windowManager: given.windowManager ?? 'none',
    dbusSession: given.dbusSession ?? false,
    savePaths: given.savePaths ?? [],
    memoryLimitMb: given.memoryLimitMb ?? 2048,
    maxLogBytes: given.maxLogBytes ?? 64 * 1024 * 1024,
    nestedSandbox: given.nestedSandbox ?? false,
  };
}

function checkPaths(manifest: TitleManifest): TitleProblem[] {
  const paths = [
    ...Object.keys(manifest.settings).map((path) => ({ field: `settings.${path}`, path })),
    ...manifest.savePaths.map((path, index) => ({ field: `savePaths.${String(index)}`, path })),
  ];
  return paths
    .filter(({ path }) => !isBelowHome(path))
    .map(({ field, path }) => ({
      field,
      message: `${field} must be a plain path below the home, such as ".config/game.cfg", not ${JSON.stringify(path)}`,
    }));
}

/** Relative, without `.`, `..`, empty parts, backslashes or control characters. */
export function isBelowHome(path: string): boolean {
  if (path === '' || isAbsolute(path) || /[\u0000-\u001f\\]/.test(path)) return false;
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

function checkEnvironment(manifest: TitleManifest): TitleProblem[] {
  return RESERVED_ENVIRONMENT.filter((name) => name in manifest.env).map((name) => ({
    field: `env.${name}`,
    message: `env.${name} is set by the edge and cannot be given; every name is allowed but ${RESERVED_ENVIRONMENT.join(', ')}`,
  }));
}

function checkCommand(folder: string, command: string): TitleProblem[] {
  const problem = (message: string): TitleProblem[] => [{ field: 'command', message }];
  if (command.includes('\0')) return problem('command must not hold a NUL character');
  if (!command.includes('/')) {
    const found = TITLE_PATH.split(':').some((dir) => isProgram(join(dir, command)));
    return found
      ? []
      : problem(`command ${command} is not installed on this machine (looked in ${TITLE_PATH})`);
  }
  if (isAbsolute(command)) {
    const isSystem = /^\/(usr|bin)\//.test(resolve(command));
    if (!isSystem)
      return problem('command must lie in the title\'s folder ("./name") or below /usr');
    return isProgram(command) ? [] : problem(`command ${command} is not an executable file`);
  }
  const path = resolve(folder, command);
  if (!path.startsWith(`${folder}${sep}`) || !staysInside(folder, path)) {
    return problem(
      `command ${command} leads out of the title's folder; allowed is "./name" inside of it`,
    );
  }
  return isProgram(path)
    ? []
    : problem(`command ${command} is not an executable file in the title's folder`);
}

/** A link may not lead out; what does not exist is told by the next check. */
function staysInside(folder: string, path: string): boolean {
  try {
    return realpathSync(path).startsWith(`${realpathSync(folder)}${sep}`);
  } catch {
    return true;
  }
}

function isProgram(path: string): boolean {
  try {
    if (!statSync(path).isFile()) return false;
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
