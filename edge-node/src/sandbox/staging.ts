// The title's folder as its uid may read it. A folder that everybody can read is used where it lies; one that only the agent can read
// is copied into the session's folder (DESIGN.md: "the agent (root) stages it read-only for the session's uid").
import { constants, chmodSync, lstatSync, mkdirSync, realpathSync } from 'node:fs';
import { copyFile, mkdir, readdir, readlink, symlink } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { SandboxError } from './errors.ts';
import type { Credentials } from './identity.ts';
import { closedAncestor } from './launch.ts';

/** Chosen: a title that is larger belongs into the content store. */
export const MAX_TITLE_BYTES = 2 * 1024 ** 3;
const MAX_TITLE_ENTRIES = 50_000;

type Entry =
  | {
      readonly kind: 'folder' | 'file';
      readonly path: string;
      readonly mode: number;
      readonly bytes: number;
    }
  | { readonly kind: 'link'; readonly path: string; readonly target: string };

export type StagedTitle = { readonly folder: string; readonly isCopy: boolean };

/**
 * Makes the title's folder readable for `credentials` (null: the agent's own uid, nothing to do but to check).
 * Links that lead out of the folder, devices and sockets are refused.
 * @throws {SandboxError} title-staging-failed
 */
export async function stageTitle(
  folder: string,
  sessionRoot: string,
  credentials: Credentials | null,
): Promise<StagedTitle> {
  const source = realpathSync(folder);
  const entries = await scan(source);
  if (credentials === null || isReadable(source, entries, credentials)) {
    return { folder: source, isCopy: false };
  }
  const target = join(sessionRoot, 'title');
  mkdirSync(target, { mode: 0o755 });
  await copy(source, target, entries);
  return { folder: target, isCopy: true };
}

/** Every entry below the folder, parents first. */
async function scan(source: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  const folders = [''];
  let bytes = 0;
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const name of await readdir(join(source, folder))) {
      const entry = await describe(source, join(folder, name));
      entries.push(entry);
      if (entry.kind === 'folder') folders.push(entry.path);
      if (entry.kind === 'file') bytes += entry.bytes;
      if (entries.length > MAX_TITLE_ENTRIES)
        refuse(`more than ${String(MAX_TITLE_ENTRIES)} files`);
      if (bytes > MAX_TITLE_BYTES) refuse(`more than ${String(MAX_TITLE_BYTES)} bytes`);
    }
  }
  return entries;
}

async function describe(source: string, path: string): Promise<Entry> {
  const absolute = join(source, path);
  const facts = lstatSync(absolute);
  if (facts.isDirectory()) return { kind: 'folder', path, mode: facts.mode, bytes: 0 };
  if (facts.isFile()) return { kind: 'file', path, mode: facts.mode, bytes: facts.size };
  if (!facts.isSymbolicLink()) return refuse(`${path} is neither file, folder nor link`);
  const target = await readlink(absolute);
  const destination = resolve(dirname(absolute), target);
  const isInside = destination === source || destination.startsWith(`${source}${sep}`);
  if (isAbsolute(target) || !isInside)
    return refuse(`the link ${path} leads out of the title's folder`);
  return { kind: 'link', path, target };
}

function isReadable(source: string, entries: readonly Entry[], credentials: Credentials): boolean {
  if (closedAncestor(join(source, 'x'), credentials) !== null) return false;
  // The folder itself must be listable too.
  if ((lstatSync(source).mode & 0o005) !== 0o005) return false;
  return entries.every((entry) => {
    if (entry.kind === 'link') return true;
    const needed = entry.kind === 'folder' || (entry.mode & 0o100) !== 0 ? 0o005 : 0o004;
    return (entry.mode & needed) === needed;
  });
}

async function copy(source: string, target: string, entries: readonly Entry[]): Promise<void> {
  for (const entry of entries) {
    const to = join(target, entry.path);
    if (entry.kind === 'link') await symlink(entry.target, to);
    else if (entry.kind === 'folder') await mkdir(to, { mode: 0o755 });
    else {
      // A clone where the file system has them.
      await copyFile(join(source, entry.path), to, constants.COPYFILE_FICLONE);
      chmodSync(to, (entry.mode & 0o100) === 0 ? 0o644 : 0o755);
    }
  }
  // The umask may have taken rights from new folders.
  chmodSync(target, 0o755);
  for (const entry of entries)
    if (entry.kind === 'folder') chmodSync(join(target, entry.path), 0o755);
}

function refuse(detail: string): never {
  throw new SandboxError('title-staging-failed', detail);
}
