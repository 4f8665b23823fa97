// The `perigee` command: finds the subcommand and gives it its arguments. The bootstrap (bin/) has made the machine ready before.
import { ConfigError } from '@perigee/kit';
import { doctor } from './commands/doctor.ts';
import { run } from './commands/run.ts';
import { up } from './commands/up.ts';
import { UsageError } from './usage-error.ts';
import rootPackage from '../../../package.json' with { type: 'json' };

const USAGE = `usage: perigee COMMAND

  up                    starts everything on this machine and prints the address to open (what npm start does)
  run FOLDER [--open]   runs the title in FOLDER (it holds a title.json) and prints its play address; --open opens a browser
  doctor                tells what this machine can do for a stream: protections, display, encoder, ffmpeg
  --version, --help
`;

async function main(argv: readonly string[]): Promise<void> {
  const [command, ...rest] = argv;
  switch (command) {
    case 'up':
      await up(rest);
      return;
    case 'run':
      await run(rest);
      return;
    case 'doctor':
      await doctor(rest);
      return;
    case '--version':
      process.stdout.write(`${rootPackage.version}\n`);
      return;
    case '--help':
    case 'help':
      process.stdout.write(USAGE);
      return;
    case undefined:
      throw new UsageError('a command is missing');
    default:
      throw new UsageError(`there is no command ${JSON.stringify(command)}`);
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof UsageError) {
    process.stderr.write(`perigee: ${error.message}\n\n${USAGE}`);
    process.exit(2);
  }
  if (error instanceof ConfigError) {
    process.stderr.write(`perigee: ${error.message}\n`);
    process.exit(1);
  }
  throw error;
}
