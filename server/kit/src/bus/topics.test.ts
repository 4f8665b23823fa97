import { expect, it } from 'vitest';
import type { EdgeNodeId } from '@perigee/protocol';
import { createMemoryBus } from './memory-bus.ts';
import {
  EDGE_ADMISSION,
  publishTopic,
  requestTopic,
  respondTopic,
  subscribeTopic,
  TOPICS,
  type EdgeGoneEvent,
} from './topics.ts';

const edgeNodeId = 'edge-1' as EdgeNodeId;

it('passes on what has the shape of the topic and reports the rest', async () => {
  const bus = createMemoryBus();
  const seen: EdgeGoneEvent[] = [];
  const errors: unknown[] = [];
  const logger = { error: (fields: unknown) => void errors.push(fields) } as never;
  subscribeTopic(bus, TOPICS.edgeGone, { logger, handler: (event) => void seen.push(event) });
  publishTopic(bus, TOPICS.edgeGone, { edgeNodeId });
  bus.publish('edge.gone', { edgeNodeId: '../etc' });
  await bus.flush();
  expect(seen).toEqual([{ edgeNodeId }]);
  expect(errors).toEqual([{ subject: 'edge.gone' }]);
});

it('checks questions and answers', async () => {
  const bus = createMemoryBus();
  respondTopic(bus, EDGE_ADMISSION, () => Promise.resolve({ edgeNodeId }));
  const ask = (publicKeyHex: string): Promise<unknown> =>
    requestTopic(bus, EDGE_ADMISSION, { question: { publicKeyHex }, timeoutMs: 1000 });
  await expect(ask('ab'.repeat(32))).resolves.toEqual({ edgeNodeId });
  await expect(ask('not hex')).rejects.toMatchObject({ code: 'handler-failed' });
});
