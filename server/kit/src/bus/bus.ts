// Motion between control-plane processes (DESIGN.md, decision 6), with the semantics of core NATS: at most once, no store, no replay.

/** Largest payload after serialisation, bytes (core NATS carries 1 MiB by default). */
export const MAX_BUS_PAYLOAD_BYTES = 1024 * 1024;

export type Subscription = { close(): void };

export type SubscribeOptions = {
  /** Members of a queue group share the messages: each goes to one of them. */
  readonly queueGroup?: string;
};

/**
 * The bus. Subjects are tokens of letters, digits, `_` and `-`, joined by dots; a subscription may use `*` for one token and a last `>`
 * for one or more. Payloads are msgpack values (objects, arrays, strings, numbers, booleans, null, Uint8Array); every receiver gets a
 * copy of its own. A payload is what another process said: check its shape (topics.ts) before using it.
 */
export type Bus = {
  /**
   * Sends to every subscription at this moment. Delivery is asynchronous; from one publisher to one subscription it keeps order.
   * @throws {BusError} closed, too-large, not-serialisable
   */
  publish(subject: string, payload: unknown): void;
  /** Receives until closed. A handler that throws is logged and counted; the others still get the message. */
  subscribe(
    subject: string,
    handler: (payload: unknown, subject: string) => void,
    options?: SubscribeOptions,
  ): Subscription;
  /**
   * Asks one responder.
   * @throws {BusError} no-responders (at once), timeout, handler-failed, too-busy, closed, too-large, not-serialisable
   */
  request(
    subject: string,
    payload: unknown,
    options: { readonly timeoutMs: number },
  ): Promise<unknown>;
  /** Answers requests on a subject until closed; several responders share them. */
  respond(
    subject: string,
    handler: (payload: unknown, subject: string) => Promise<unknown>,
  ): Subscription;
  /** Resolves when everything published before was handed to its handlers. */
  flush(): Promise<void>;
  /** Rejects waiting requests with `closed`, then ends every subscription. Idempotent. */
  close(): Promise<void>;
};
