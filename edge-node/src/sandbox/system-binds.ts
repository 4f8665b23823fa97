import { lstatSync, readlinkSync } from 'node:fs';

/**
 * bwrap arguments that show the system read-only: /usr with its links, the loader's cache, and the named files of /etc where they
 * exist. Nothing else of the host.
 */
export function systemBinds(etcPaths: readonly string[]): string[] {
  const args = ['--ro-bind', '/usr', '/usr'];
  for (const name of ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32']) {
    args.push(...rootEntry(`/${name}`));
  }
  for (const path of ['/etc/ld.so.cache', ...etcPaths]) args.push('--ro-bind-try', path, path);
  return args;
}

/** On a merged-/usr system these are links; elsewhere folders. */
function rootEntry(path: string): string[] {
  try {
    if (lstatSync(path).isSymbolicLink()) return ['--symlink', readlinkSync(path), path];
    return ['--ro-bind', path, path];
  } catch {
    return [];
  }
}
