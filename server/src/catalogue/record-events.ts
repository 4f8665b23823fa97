// Keeps the store in step with what the bus says. Writes happen one after the other, in the order of the events.
import {
  background,
  EDGE_ADMISSION,
  respondTopic,
  subscribeTopic,
  TOPICS,
  type Bus,
  type Logger,
} from '@perigee/kit';
import type { ControlStore } from '../store/control-store.ts';

/** Events that wait for the store; beyond it the oldest promise to be up to date is broken and said. Chosen. */
const MAX_PENDING_WRITES = 10_000;

export type EventRecorder = {
  /** Resolves when every event heard so far is in the store. */
  settled(): Promise<void>;
  /** Stops listening and waits for the writes under way. */
  close(): Promise<void>;
};

/** Listens to edges and sessions, and answers whether an edge's key is admitted. */
export function recordEvents(options: {
  readonly bus: Bus;
  readonly store: ControlStore;
  readonly logger: Logger;
}): EventRecorder {
  const { bus, store, logger } = options;
  let tail: Promise<void> = Promise.resolve();
  let pendingWrites = 0;
  let endedSincePrune = 0;
  const enqueue = (task: string, write: () => Promise<void>): void => {
    if (pendingWrites >= MAX_PENDING_WRITES) {
      logger.error({ task }, 'the store is too slow: an event was dropped');
      return;
    }
    pendingWrites += 1;
    const done = tail.then(write).finally(() => {
      pendingWrites -= 1;
    });
    background(task, done, logger);
    tail = done.catch(() => undefined);
  };

  const subscriptions = [
    subscribeTopic(bus, TOPICS.edgeFacts, {
      logger,
      handler: ({ facts }) => {
        enqueue('record edge facts', () => store.edges.setFacts(facts));
      },
    }),
    subscribeTopic(bus, TOPICS.edgeGone, {
      logger,
      handler: ({ edgeNodeId }) => {
        enqueue('record edge gone', () => store.edges.setOffline(edgeNodeId));
      },
    }),
    subscribeTopic(bus, TOPICS.sessionState, {
      logger,
      handler: (event) => {
        enqueue('record session', () => store.sessions.record(event));
        if (event.state !== 'ended') return;
        endedSincePrune += 1;
        if (endedSincePrune < 100) return;
        endedSincePrune = 0;
        enqueue('prune sessions', () => store.sessions.prune());
      },
    }),
    respondTopic(bus, EDGE_ADMISSION, async ({ publicKeyHex }) => ({
      edgeNodeId: await store.edges.findByKey(publicKeyHex),
    })),
  ];
  return {
    settled: () => tail,
    close: async () => {
      for (const subscription of subscriptions) subscription.close();
      await tail;
    },
  };
}
