// npm run bench -- NAME [options]: finds the benchmark of that name and runs it.
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

type Benchmark = { readonly run: (argv: readonly string[]) => Promise<void> };

const folder = fileURLToPath(new URL('.', import.meta.url));
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.bench.ts'))
  .map((name) => name.replace(/\.bench\.ts$/, ''));

const [name, ...rest] = process.argv.slice(2);
if (name === undefined || !names.includes(name)) {
  process.stderr.write(
    `usage: npm run bench -- NAME [--json FILE] [--seed N]\nNAME is one of: ${names.join(', ')}\n`,
  );
  process.exitCode = 2;
} else {
  const module = (await import(new URL(`./${name}.bench.ts`, import.meta.url).href)) as Benchmark;
  await module.run(rest);
}
