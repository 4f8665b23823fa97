import { ERROR_CODES, type ErrorCode } from '@perigee/protocol';
import { describe, expect, test } from 'vitest';
import { describeFailure, FAILURE_CODES } from './failure-table.ts';

describe('the failure table', () => {
  test.each(Object.keys(ERROR_CODES) as ErrorCode[])('has a page for %s', (code) => {
    const { title, sentence, label } = describeFailure(code);
    expect(title.length).toBeGreaterThan(3);
    expect(sentence.length).toBeGreaterThan(10);
    expect(label.length).toBeGreaterThan(3);
  });

  test('every sentence ends, and no two pages have the same title and sentence', () => {
    const texts = FAILURE_CODES.map((code) => describeFailure(code));
    for (const { sentence } of texts) expect(sentence).toMatch(/[.!]$/);
    const distinct = new Set(
      FAILURE_CODES.filter((code) => code !== 'player-left').map((code) =>
        JSON.stringify(describeFailure(code)),
      ),
    );
    expect(distinct.size).toBe(FAILURE_CODES.length - 1);
  });

  test('what the protocol calls retryable offers to try again', () => {
    for (const [code, { retryable }] of Object.entries(ERROR_CODES) as [
      ErrorCode,
      { retryable: boolean },
    ][]) {
      if (retryable) expect([code, describeFailure(code).action]).toEqual([code, 'again']);
    }
  });

  test('a session that runs on elsewhere is not forgotten, one that is over is', () => {
    expect(describeFailure('taken-over').endsSession).toBe(false);
    expect(describeFailure('media-failed').endsSession).toBe(false);
    expect(describeFailure('server-unreachable').endsSession).toBe(false);
    expect(describeFailure('title-exited').endsSession).toBe(true);
    expect(describeFailure('resume-expired').endsSession).toBe(true);
  });
});
