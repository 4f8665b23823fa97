import { ConfigError } from '@perigee/kit';

/**
 * What a person can do about a folder that cannot be used: a failed system call on a path becomes a {@link ConfigError} that names the key
 * the path came from; every other error is returned as it is.
 * @param folders absolute folder of each key; the first one that the path lies in is named
 */
export function toFolderProblem(
  error: unknown,
  folders: readonly { readonly key: string; readonly folder: string }[],
): unknown {
  if (!(error instanceof Error)) return error;
  const { code, syscall, path } = error as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined || path === undefined) return error;
  const key = folders.find(({ folder }) => path === folder || path.startsWith(`${folder}/`))?.key;
  const problem = `${path} cannot be used (${syscall}: ${code}); choose another folder, or change who may write to it`;
  return new ConfigError([{ where: key ?? path, problem }], { cause: error });
}
