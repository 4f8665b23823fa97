import { describe, expect, it } from 'vitest';
import { ConfigError } from '../errors.ts';
import {
  booleanKey,
  choiceKey,
  describeValues,
  integerKey,
  parseEnvironment,
  textKey,
} from './environment.ts';

const spec = {
  port: integerKey('PERIGEE_PORT', { default: 8080, min: 0, max: 65_535, help: 'port' }),
  name: textKey('PERIGEE_NAME', {
    default: 'x',
    pattern: /^[a-z]+$/,
    allowed: 'letters',
    help: '',
  }),
  level: choiceKey('PERIGEE_LEVEL', { default: 'info', choices: ['info', 'warn'], help: '' }),
  isOn: booleanKey('PERIGEE_ON', { default: false, help: '' }),
  secret: textKey('PERIGEE_SECRET', { default: '', isSecret: true, help: '' }),
};

const problemsOf = (environment: Record<string, string>): string[] => {
  try {
    parseEnvironment(environment, spec);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map((p) => `${p.where}: ${p.problem}`);
    throw error;
  }
  return [];
};

describe('parseEnvironment', () => {
  it('gives defaults for what is unset or empty, and freezes', () => {
    const values = parseEnvironment({ PERIGEE_PORT: '', HOME: '/root' }, spec);
    expect(values).toEqual({ port: 8080, name: 'x', level: 'info', isOn: false, secret: '' });
    expect(Object.isFrozen(values)).toBe(true);
  });
  it('parses what is set', () => {
    const environment = {
      PERIGEE_PORT: '1',
      PERIGEE_NAME: 'abc',
      PERIGEE_LEVEL: 'warn',
      PERIGEE_ON: '1',
    };
    expect(parseEnvironment(environment, spec)).toMatchObject({
      port: 1,
      name: 'abc',
      level: 'warn',
      isOn: true,
    });
  });
  it.each(['-1', '65536', '1.5', '0x10', '1e3', ' 1', 'NaN', '99999999999999999999'])(
    'refuses %j as a port and says what is allowed',
    (raw) => {
      expect(problemsOf({ PERIGEE_PORT: raw })).toEqual([
        'PERIGEE_PORT: must be a whole number from 0 to 65535',
      ]);
    },
  );
  it('names every problem at once', () => {
    expect(
      problemsOf({ PERIGEE_PORT: 'x', PERIGEE_LEVEL: 'loud', PERIGEE_ON: 'yes' }),
    ).toHaveLength(3);
  });
  it('refuses a key it does not know and guesses which was meant', () => {
    expect(problemsOf({ PERIGEE_PROT: '1' })).toEqual([
      'PERIGEE_PROT: is not a key of this program; did you mean PERIGEE_PORT?',
    ]);
    expect(problemsOf({ PERIGEE_SOMETHING_ELSE: '1' })).toEqual([
      'PERIGEE_SOMETHING_ELSE: is not a key of this program',
    ]);
  });
  it('does not show secrets', () => {
    const values = parseEnvironment({ PERIGEE_SECRET: 'hunter2' }, spec);
    expect(JSON.stringify(describeValues(spec, values))).not.toContain('hunter2');
  });
});
