// perigee run FOLDER: how a publisher, and an outside test, tries a title.
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startEmbeddedStack } from '../embedded-stack.ts';
import { UsageError } from '../usage-error.ts';

export async function run(argv: readonly string[]): Promise<void> {
  const { folder, isOpenWanted } = parse(argv);
  // A free port unless one is asked for, so that it runs beside `npm start`.
  const environment = {
    ...process.env,
    PERIGEE_PORT: process.env['PERIGEE_PORT'] ?? '0',
    PERIGEE_METRICS_PORT: process.env['PERIGEE_METRICS_PORT'] ?? '0',
  };
  const stack = await startEmbeddedStack({ environment, onlyTitleFolder: resolve(folder) });
  const title = stack.titles[0];
  if (title === undefined) throw new Error('the title was not loaded');
  const address = `${stack.address}/play/${title.manifest.id}`;
  process.stdout.write(`${title.manifest.name}: ${address}\nCtrl-C ends it.\n`);
  if (isOpenWanted) openInBrowser(address);
}

function parse(argv: readonly string[]): { folder: string; isOpenWanted: boolean } {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: { open: { type: 'boolean' } },
      allowPositionals: true,
    });
    const [folder, ...more] = positionals;
    if (folder === undefined || more.length > 0) throw new UsageError('run takes one FOLDER');
    return { folder, isOpenWanted: values.open === true };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function openInBrowser(address: string): void {
  const opener = process.platform === 'darwin' ? 'open' : 'xdg-open';
  const child = spawn(opener, [address], { stdio: 'ignore', detached: true });
  child.on('error', () => {
    process.stderr.write(`no ${opener} here: open the address yourself\n`);
  });
  child.unref();
}
