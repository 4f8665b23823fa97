// The JSON Schema of title.json, compiled once, and its errors turned into sentences that name the field and what is allowed.
import { readFileSync } from 'node:fs';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import type { TitleProblem } from './title-error.ts';

type Schema = { readonly properties: Readonly<Record<string, unknown>> };

const schema = JSON.parse(
  readFileSync(new URL('title.schema.json', import.meta.url), 'utf8'),
) as Schema;

let compiled: ValidateFunction | undefined;

/** @returns every problem that the schema finds; empty when the shape is right. */
export function checkShape(value: unknown): TitleProblem[] {
  compiled ??= new Ajv({ allErrors: true, strict: true, verbose: true }).compile(schema);
  if (compiled(value)) return [];
  const problems = (compiled.errors ?? [])
    // `propertyNames` repeats, less clearly, what its inner error says.
    .filter(({ keyword }) => keyword !== 'propertyNames')
    .map(toProblem);
  // allErrors may say the same of one field twice.
  return [...new Map(problems.map((problem) => [problem.message, problem])).values()];
}

function toProblem(error: ErrorObject): TitleProblem {
  const parent = error.instancePath
    .slice(1)
    .replaceAll('/', '.')
    .replaceAll('~1', '/')
    .replaceAll('~0', '~');
  const below = (name: string): string => (parent === '' ? name : `${parent}.${name}`);
  const params = error.params as Readonly<Record<string, unknown>>;
  if (error.keyword === 'required') {
    const field = below(String(params['missingProperty']));
    return { field, message: `${field} is missing` };
  }
  if (error.keyword === 'additionalProperties') {
    const field = below(String(params['additionalProperty']));
    const known = Object.keys((error.parentSchema as Schema | undefined)?.properties ?? {});
    const allowed = known.filter((name) => !name.startsWith('$')).join(', ');
    return { field, message: `${field} is not a known field; allowed are ${allowed}` };
  }
  if (error.propertyName !== undefined) {
    const field = below(error.propertyName);
    return { field, message: `${field} is not an allowed name: ${allowedText(error)}` };
  }
  const field = parent;
  const subject = field === '' ? 'title.json' : field;
  return { field, message: `${subject} must be ${allowedText(error)}, not ${shown(error.data)}` };
}

function allowedText(error: ErrorObject): string {
  const params = error.params as Readonly<Record<string, unknown>>;
  const limit = String(params['limit']);
  switch (error.keyword) {
    case 'type':
      return `of type ${String(params['type'])}`;
    case 'enum':
      return `one of ${(params['allowedValues'] as unknown[]).map(shown).join(', ')}`;
    case 'pattern':
      return `text that matches ${String(params['pattern'])}`;
    case 'minLength':
    case 'maxLength':
      return `text of ${error.keyword === 'minLength' ? 'at least' : 'at most'} ${limit} characters`;
    case 'minimum':
    case 'maximum':
      return `a number of ${error.keyword === 'minimum' ? 'at least' : 'at most'} ${limit}`;
    case 'multipleOf':
      return `a multiple of ${String(params['multipleOf'])}`;
    case 'minItems':
    case 'maxItems':
      return `a list of ${error.keyword === 'minItems' ? 'at least' : 'at most'} ${limit} entries`;
    case 'maxProperties':
      return `an object of at most ${limit} entries`;
    case 'uniqueItems':
      return 'a list without repetitions';
    default:
      return `such that it ${error.message ?? 'fits the schema'}`;
  }
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) return 'nothing';
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
