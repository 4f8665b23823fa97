import { expect, it } from 'vitest';
import {
  createLogger,
  createMemoryBus,
  EDGE_ADMISSION,
  publishTopic,
  requestTopic,
  TOPICS,
} from '@perigee/kit';
import type { EdgeFacts, EdgeNodeId } from '@perigee/protocol';
import { openControlStore } from '../store/control-store.ts';
import { recordEvents } from './record-events.ts';

const publicKeyHex = 'ab'.repeat(32);
const edgeNodeId = 'edge-1' as EdgeNodeId;
const facts: EdgeFacts = {
  edgeNodeId,
  siteId: 's' as EdgeFacts['siteId'],
  place: 'Here',
  softwareVersion: '0.1.0',
  slots: 1,
  titles: [],
  encoders: [],
  missingProtections: [],
  stunUrls: [],
};

it('answers admission and follows edges in the order of the events', async () => {
  const bus = createMemoryBus();
  const store = await openControlStore({ dataDir: null });
  const logger = createLogger({ name: 'test', level: 'silent' });
  const recorder = recordEvents({ bus, store, logger });
  const ask = () =>
    requestTopic(bus, EDGE_ADMISSION, { question: { publicKeyHex }, timeoutMs: 1000 });
  expect(await ask()).toEqual({ edgeNodeId: null });
  await store.edges.admit({ publicKeyHex, edgeNodeId });
  expect(await ask()).toEqual({ edgeNodeId });
  for (let n = 0; n < 20; n += 1) {
    publishTopic(bus, TOPICS.edgeFacts, { publicKeyHex, facts });
    publishTopic(bus, TOPICS.edgeGone, { edgeNodeId });
  }
  await bus.flush();
  await recorder.settled();
  expect(await store.edges.countOnline()).toBe(0);
  publishTopic(bus, TOPICS.edgeFacts, { publicKeyHex, facts });
  await bus.flush();
  await recorder.settled();
  expect(await store.edges.countOnline()).toBe(1);
  await recorder.close();
  publishTopic(bus, TOPICS.edgeGone, { edgeNodeId });
  await bus.flush();
  expect(await store.edges.countOnline()).toBe(1);
  await store.close();
});

it('goes on after a write that failed', async () => {
  const bus = createMemoryBus();
  const store = await openControlStore({ dataDir: null });
  const logger = createLogger({ name: 'test', level: 'silent' });
  let calls = 0;
  const broken = {
    ...store,
    edges: {
      ...store.edges,
      setOffline: () => {
        calls += 1;
        return calls === 1 ? Promise.reject(new Error('on purpose')) : Promise.resolve();
      },
    },
  };
  const recorder = recordEvents({ bus, store: broken, logger });
  publishTopic(bus, TOPICS.edgeGone, { edgeNodeId });
  publishTopic(bus, TOPICS.edgeGone, { edgeNodeId });
  await bus.flush();
  await recorder.settled();
  expect(calls).toBe(2);
  await recorder.close();
  await store.close();
});
