// Command line of every benchmark: --json FILE, --seed N, and flags of its own.
import { parseArgs } from 'node:util';

export type BenchArguments = {
  readonly jsonPath: string | undefined;
  readonly seed: number;
  readonly flags: ReadonlySet<string>;
  readonly numbers: ReadonlyMap<string, number>;
};

/**
 * @param own names of boolean flags and of numeric options that this benchmark takes besides --json and --seed
 * @throws {Error} on an unknown option, naming what is allowed
 */
export function parseBenchArguments(
  argv: readonly string[],
  own: { readonly flags?: readonly string[]; readonly numbers?: readonly string[] } = {},
): BenchArguments {
  const flags = own.flags ?? [];
  const numbers = own.numbers ?? [];
  const { values } = parseArgs({
    args: [...argv],
    options: {
      json: { type: 'string' },
      seed: { type: 'string' },
      ...Object.fromEntries(flags.map((name) => [name, { type: 'boolean' as const }])),
      ...Object.fromEntries(numbers.map((name) => [name, { type: 'string' as const }])),
    },
  });
  const given: Readonly<Record<string, string | boolean | undefined>> = values;
  const number = (name: string, otherwise: number): number => {
    const text = given[name];
    const value = typeof text === 'string' ? Number(text) : otherwise;
    if (!Number.isFinite(value)) throw new Error(`--${name} must be a number`);
    return value;
  };
  return {
    jsonPath: typeof given['json'] === 'string' ? given['json'] : undefined,
    seed: number('seed', 1),
    flags: new Set(flags.filter((name) => given[name] === true)),
    numbers: new Map(
      numbers.filter((name) => given[name] !== undefined).map((name) => [name, number(name, 0)]),
    ),
  };
}
