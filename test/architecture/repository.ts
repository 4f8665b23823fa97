import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** The root of the repository, absolute. */
export const repositoryRoot = path.resolve(import.meta.dirname, '../..');

/**
 * The files that belong to the repository, relative to its root: all but what .gitignore names. Git
 * itself is not asked, because a machine that runs the product need not have it.
 */
export function listRepositoryFiles(): string[] {
  const isIgnored = parseGitignore(readRepositoryFile('.gitignore'));
  const files: string[] = [];
  const pending = [''];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    for (const entry of readdirSync(path.join(repositoryRoot, folder), { withFileTypes: true })) {
      const place = path.posix.join(folder, entry.name);
      if (entry.name === '.git' || isIgnored(place)) continue;
      if (entry.isDirectory()) pending.push(place);
      else if (entry.isFile()) files.push(place);
    }
  }
  return files.sort();
}

/** @param file relative to the root */
export function readRepositoryFile(file: string): string {
  return readFileSync(path.join(repositoryRoot, file), 'utf8');
}

/** Knows the three forms that ours is written in: `name/`, `folder/name/` and `*.ending`. */
function parseGitignore(content: string): (place: string) => boolean {
  const patterns = content
    .split('\n')
    .map((line) => line.trim().replace(/\/$/, ''))
    .filter((line) => line !== '' && !line.startsWith('#'));
  return (place) =>
    patterns.some((pattern) => {
      if (pattern.startsWith('*')) return place.endsWith(pattern.slice(1));
      if (pattern.includes('/')) return place === pattern.replace(/^\//, '');
      return path.posix.basename(place) === pattern;
    });
}
