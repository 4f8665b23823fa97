// The ffmpeg program for what is not live (posters, clips). Never in the live path: a pipe cannot force an IDR (DESIGN.md, decision 1).
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * ffmpeg-static's binary if it was downloaded, else FFMPEG_PATH, else the system's ffmpeg.
 * @returns a path, or a sentence that begins with "missing:"
 */
export async function findFfmpeg(
  environment: Readonly<Record<string, string | undefined>>,
  loadStatic: () => Promise<string | null> = loadStaticPath,
): Promise<string> {
  const onPath = (environment['PATH'] ?? '').split(delimiter).map((dir) => join(dir, 'ffmpeg'));
  const candidates = [await loadStatic(), environment['FFMPEG_PATH'], ...onPath];
  return (
    candidates.find((path) => path != null && path !== '' && isExecutable(path)) ??
    'missing: neither ffmpeg-static, nor FFMPEG_PATH, nor ffmpeg on the PATH'
  );
}

/** ffmpeg-static is optional and its binary is a download that may be missing. */
async function loadStaticPath(): Promise<string | null> {
  try {
    const module = (await import('ffmpeg-static')) as { default: unknown };
    return typeof module.default === 'string' ? module.default : null;
  } catch {
    return null;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
