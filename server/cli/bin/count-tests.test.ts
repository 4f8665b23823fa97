import { expect, test } from 'vitest';
import { countTests } from './count-tests.mjs';

const report = (...files: [string, ...string[]][]): string =>
  JSON.stringify({
    testResults: files.map(([status, ...tests]) => ({
      status,
      assertionResults: tests.map((one) => ({ status: one })),
    })),
  });

test('passed and failed tests are counted over all files, skipped ones are neither', () => {
  const text = report(['failed', 'passed', 'failed', 'skipped'], ['passed', 'passed', 'pending']);
  expect(countTests(text, { hasSucceeded: false })).toEqual({ passed: 2, failed: 1 });
});

test('a file that could not be loaded is a failure', () => {
  const text = report(['failed'], ['passed', 'passed']);
  expect(countTests(text, { hasSucceeded: false })).toEqual({ passed: 1, failed: 1 });
});

test('a run that failed outside of any test is a failure', () => {
  const text = report(['passed', 'passed']);
  expect(countTests(text, { hasSucceeded: false })).toEqual({ passed: 1, failed: 1 });
  expect(countTests(text, { hasSucceeded: true })).toEqual({ passed: 1, failed: 0 });
});

test('a run without a report is a failure', () => {
  expect(countTests(undefined, { hasSucceeded: false })).toEqual({ passed: 0, failed: 1 });
});
