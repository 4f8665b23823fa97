// The `perigee` command: finds the subcommand and gives it its arguments. The bootstrap (bin/) has made the machine ready before.
// A command is loaded when it is asked for, so that --version and --help answer at once.
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
      await (await import('./commands/up.ts')).up(rest);
      return;
    case 'run':
      await (await import('./commands/run.ts')).run(rest);
      return;
    case 'doctor':
      await (await import('./commands/doctor.ts')).doctor(rest);
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
  const { ConfigError } = await import('@perigee/kit');
  if (error instanceof ConfigError) {
    process.stderr.write(`perigee: ${error.message}\n`);
    process.exit(1);
  }
  throw error;
}
