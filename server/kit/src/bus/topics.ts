// What travels on the bus: subject and shape side by side, checked on the way out (our fault) and on the way in (theirs).
import * as v from 'valibot';
import {
  edgeFactsSchema,
  edgeNodeIdSchema,
  errorCodeSchema,
  sessionIdSchema,
  sessionStateSchema,
  titleIdSchema,
} from '@perigee/protocol';
import type { ErrorLog } from '../background.ts';
import type { Bus, Subscription } from './bus.ts';

/** A subject with the shape of its payload. */
export type Topic<T> = { readonly subject: string; readonly schema: v.GenericSchema<unknown, T> };
/** A request subject with the shapes of question and answer. */
export type RequestTopic<Q, A> = {
  readonly subject: string;
  readonly question: v.GenericSchema<unknown, Q>;
  readonly answer: v.GenericSchema<unknown, A>;
};

const publicKeyHex = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));

/** An edge is online with these facts; published at its hello, when they change, and again from time to time. */
const edgeFacts = v.object({ publicKeyHex, facts: edgeFactsSchema });
export type EdgeFactsEvent = v.InferOutput<typeof edgeFacts>;

/** The last link of an edge is gone. */
const edgeGone = v.object({ edgeNodeId: edgeNodeIdSchema });
export type EdgeGoneEvent = v.InferOutput<typeof edgeGone>;

/** A session changed its state. `code` says why it ended and is null before. */
const sessionState = v.object({
  sessionId: sessionIdSchema,
  titleId: titleIdSchema,
  edgeNodeId: v.nullable(edgeNodeIdSchema),
  state: sessionStateSchema,
  code: v.nullable(errorCodeSchema),
});
export type SessionStateEvent = v.InferOutput<typeof sessionState>;

/** Numbers of one process for `/metrics`: whole counters and gauges, each time all of them. */
const metricsSample = v.object({
  source: v.pipe(v.string(), v.regex(/^[a-z][a-z-]{0,30}$/)),
  series: v.pipe(
    v.array(
      v.object({
        name: v.pipe(v.string(), v.regex(/^perigee_[a-z0-9_]{1,80}$/)),
        kind: v.picklist(['counter', 'gauge']),
        help: v.pipe(v.string(), v.maxLength(200)),
        labels: v.record(
          v.pipe(v.string(), v.regex(/^[a-z][a-z_]{0,30}$/)),
          v.pipe(v.string(), v.maxLength(80)),
        ),
        value: v.pipe(v.number(), v.finite()),
      }),
    ),
    v.maxLength(2000),
  ),
});
export type MetricsSample = v.InferOutput<typeof metricsSample>;

export const TOPICS = {
  edgeFacts: { subject: 'edge.facts', schema: edgeFacts },
  edgeGone: { subject: 'edge.gone', schema: edgeGone },
  sessionState: { subject: 'session.state', schema: sessionState },
  metricsSample: { subject: 'metrics.sample', schema: metricsSample },
} as const satisfies Record<string, Topic<unknown>>;

/** Is this Ed25519 key admitted, and as which edge? */
export const EDGE_ADMISSION = {
  subject: 'edge.admission',
  question: v.object({ publicKeyHex }),
  answer: v.object({ edgeNodeId: v.nullable(edgeNodeIdSchema) }),
} as const;

/** Publishes a payload that was checked by the compiler. @throws {BusError} as `Bus.publish` */
export function publishTopic<T>(bus: Bus, topic: Topic<T>, payload: NoInfer<T>): void {
  bus.publish(topic.subject, payload);
}

/** Subscribes to a topic; payloads of another shape are logged and dropped. */
export function subscribeTopic<T>(
  bus: Bus,
  topic: Topic<T>,
  options: { readonly logger: ErrorLog; readonly handler: (payload: T) => void },
): Subscription {
  return bus.subscribe(topic.subject, (payload) => {
    const result = v.safeParse(topic.schema, payload);
    if (result.success) options.handler(result.output);
    else options.logger.error({ subject: topic.subject }, 'a bus message has the wrong shape');
  });
}

/**
 * Asks on a request topic.
 * @throws {BusError} as `Bus.request`; handler-failed also when the answer has the wrong shape
 */
export async function requestTopic<Q, A>(
  bus: Bus,
  topic: RequestTopic<Q, A>,
  options: { readonly question: NoInfer<Q>; readonly timeoutMs: number },
): Promise<A> {
  const answer = await bus.request(topic.subject, options.question, {
    timeoutMs: options.timeoutMs,
  });
  return v.parse(topic.answer, answer);
}

/** Answers a request topic; questions of another shape fail with `handler-failed` at the asker. */
export function respondTopic<Q, A>(
  bus: Bus,
  topic: RequestTopic<Q, A>,
  handler: (question: Q) => Promise<NoInfer<A>>,
): Subscription {
  return bus.respond(topic.subject, async (payload) => handler(v.parse(topic.question, payload)));
}
