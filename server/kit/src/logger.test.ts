import { expect, it } from 'vitest';
import { background } from './background.ts';
import { createLogger } from './logger.ts';

function capture(): { lines: string[]; stream: { write: (line: string) => void } } {
  const lines: string[] = [];
  return { lines, stream: { write: (line) => void lines.push(line) } };
}

it('never writes what stands under pii, at any of three depths', () => {
  const { lines, stream } = capture();
  const logger = createLogger({ name: 't', level: 'info', stream });
  logger.info({ pii: 'sdp-text', peer: { pii: { address: '192.0.2.1' } } }, 'message');
  logger.child({ sessionId: 's', pii: 'token-text' }).info({ a: { b: { pii: 'deep' } } }, 'more');
  expect(lines.join('')).not.toMatch(/sdp-text|192\.0\.2\.1|token-text|deep/);
  expect(lines.join('')).toContain('"sessionId":"s"');
});

it('logs the failure of a background task under its name', async () => {
  const { lines, stream } = capture();
  const logger = createLogger({ name: 't', level: 'info', stream });
  const failing = Promise.reject(new Error('on purpose'));
  background('sweep', failing, logger);
  await failing.catch(() => undefined);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    task: 'sweep',
    err: { message: 'on purpose' },
  });
});
