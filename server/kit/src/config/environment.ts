// A process's configuration: a pure function from the environment to a frozen typed object. Every problem is found at once.
import { ConfigError, type ConfigProblem } from '../errors.ts';

/** One environment key. `parse` returns the value or the sentence that says what is allowed. */
export type EnvironmentKey<T> = {
  readonly key: `PERIGEE_${string}`;
  readonly defaultValue: T;
  /** One sentence for the README's table; names the unit. */
  readonly help: string;
  readonly isSecret: boolean;
  readonly parse: (raw: string) => { readonly value: T } | { readonly problem: string };
};

export type EnvironmentSpec = Readonly<Record<string, EnvironmentKey<unknown>>>;

/** The typed configuration of a spec: same fields, parsed values. */
export type EnvironmentValues<Spec extends EnvironmentSpec> = {
  readonly [Field in keyof Spec]: Spec[Field] extends EnvironmentKey<infer T> ? T : never;
};

type Described<T> = { readonly default: T; readonly help: string; readonly isSecret?: boolean };

/** An integer within a range, written in decimal. */
export function integerKey(
  key: `PERIGEE_${string}`,
  options: Described<number> & { readonly min: number; readonly max: number },
): EnvironmentKey<number> {
  const { min, max } = options;
  return {
    key,
    defaultValue: options.default,
    help: options.help,
    isSecret: options.isSecret ?? false,
    parse: (raw) => {
      const value = Number(raw);
      const isInteger = /^-?\d{1,16}$/.test(raw) && Number.isSafeInteger(value);
      if (isInteger && value >= min && value <= max) return { value };
      return { problem: `must be a whole number from ${String(min)} to ${String(max)}` };
    },
  };
}

/** Free text; with `pattern` and `allowed`, only what matches. */
export function textKey(
  key: `PERIGEE_${string}`,
  options: Described<string> & { readonly pattern?: RegExp; readonly allowed?: string },
): EnvironmentKey<string> {
  const { pattern, allowed } = options;
  return {
    key,
    defaultValue: options.default,
    help: options.help,
    isSecret: options.isSecret ?? false,
    parse: (raw) =>
      raw.length <= 4096 && (pattern?.test(raw) ?? true)
        ? { value: raw }
        : { problem: `must be ${allowed ?? 'text of at most 4096 characters'}` },
  };
}

/** One of a fixed list of words. */
export function choiceKey<const Choice extends string>(
  key: `PERIGEE_${string}`,
  options: Described<NoInfer<Choice>> & { readonly choices: readonly Choice[] },
): EnvironmentKey<Choice> {
  return {
    key,
    defaultValue: options.default,
    help: options.help,
    isSecret: options.isSecret ?? false,
    parse: (raw) => {
      const value = options.choices.find((choice) => choice === raw);
      return value === undefined
        ? { problem: `must be one of ${options.choices.join(', ')}` }
        : { value };
    },
  };
}

/** `1`/`true` or `0`/`false`. */
export function booleanKey(
  key: `PERIGEE_${string}`,
  options: Described<boolean>,
): EnvironmentKey<boolean> {
  return {
    key,
    defaultValue: options.default,
    help: options.help,
    isSecret: options.isSecret ?? false,
    parse: (raw) => {
      if (raw === '1' || raw === 'true') return { value: true };
      if (raw === '0' || raw === 'false') return { value: false };
      return { problem: 'must be 1, true, 0 or false' };
    },
  };
}

/**
 * Reads every key of `spec` from `environment`. An empty value counts as unset. A process made of several parts merges their specs
 * (`{ ...serverEnvironment, ...signalingEnvironment }`) and reads once, so that unknown keys are known to be unknown.
 * @returns a frozen object with one field per entry of the spec
 * @throws {ConfigError} config: with every wrong value and every `PERIGEE_*` key that is not in the spec
 */
export function parseEnvironment<Spec extends EnvironmentSpec>(
  environment: Readonly<Record<string, string | undefined>>,
  spec: Spec,
): EnvironmentValues<Spec> {
  const problems: ConfigProblem[] = [];
  const values: Record<string, unknown> = {};
  const known = new Set<string>();
  for (const [field, entry] of Object.entries(spec)) {
    known.add(entry.key);
    const raw = environment[entry.key];
    if (raw === undefined || raw === '') {
      values[field] = entry.defaultValue;
      continue;
    }
    const parsed = entry.parse(raw);
    if ('problem' in parsed) problems.push({ where: entry.key, problem: parsed.problem });
    else values[field] = parsed.value;
  }
  for (const key of Object.keys(environment)) {
    if (!key.startsWith('PERIGEE_') || known.has(key)) continue;
    problems.push({ where: key, problem: `is not a key of this program${hint(key, known)}` });
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(values) as EnvironmentValues<Spec>;
}

/** The configuration as it may be logged: secrets are replaced. */
export function describeValues<Spec extends EnvironmentSpec>(
  spec: Spec,
  values: EnvironmentValues<Spec>,
): Record<string, unknown> {
  const entries = Object.entries(spec).map(([field, entry]): [string, unknown] => [
    entry.key,
    entry.isSecret ? '(secret)' : (values as Record<string, unknown>)[field],
  ]);
  return Object.fromEntries(entries);
}

function hint(unknownKey: string, known: ReadonlySet<string>): string {
  let best: { key: string; distance: number } | undefined;
  for (const key of known) {
    const distance = editDistance(unknownKey, key);
    if (distance <= 3 && (best === undefined || distance < best.distance)) best = { key, distance };
  }
  return best === undefined ? '' : `; did you mean ${best.key}?`;
}

/** Levenshtein distance; inputs are short keys, longer ones count as far away. */
function editDistance(a: string, b: string): number {
  if (a.length > 64 || b.length > 64) return Number.POSITIVE_INFINITY;
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(substitution, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
