import { expect, it } from 'vitest';
import { renderSamples } from './sample-text.ts';

it('writes each name once, with the values of all sources', () => {
  const series = (value: number, labels: Record<string, string>) => ({
    name: 'perigee_sessions',
    kind: 'gauge' as const,
    help: 'Sessions by state.',
    labels,
    value,
  });
  const text = renderSamples([
    { source: 'a', series: [series(2, { state: 'live' }), series(0.5, {})] },
    { source: 'b', series: [series(1, { state: 'we"ird\\\n' })] },
  ]);
  expect(text).toBe(
    '# HELP perigee_sessions Sessions by state.\n' +
      '# TYPE perigee_sessions gauge\n' +
      'perigee_sessions{state="live"} 2\n' +
      'perigee_sessions 0.5\n' +
      'perigee_sessions{state="we\\"ird\\\\\\n"} 1\n',
  );
});
