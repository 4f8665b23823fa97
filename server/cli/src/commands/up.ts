// perigee up: the whole embedded stack in one command.
import { startEmbeddedStack } from '../embedded-stack.ts';
import { UsageError } from '../usage-error.ts';

export async function up(argv: readonly string[]): Promise<void> {
  if (argv.length > 0) throw new UsageError(`up takes no arguments (${argv.join(' ')})`);
  const stack = await startEmbeddedStack({ environment: process.env, onlyTitleFolder: null });
  const names = stack.titles.map((title) => title.manifest.name).join(', ');
  process.stdout.write(`\nPerigee is ready: open ${stack.address}\n`);
  process.stdout.write(`titles: ${names}\nCtrl-C ends it.\n`);
}
