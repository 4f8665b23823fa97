// The embedded bus. It serialises every message, so that nothing works only because two parts share an object.
import { Packr } from 'msgpackr';
import { BusError } from '../errors.ts';
import type { ErrorLog } from '../background.ts';
import {
  MAX_BUS_PAYLOAD_BYTES,
  type Bus,
  type SubscribeOptions,
  type Subscription,
} from './bus.ts';
import { isSubject, isSubjectPattern, matchesSubject } from './subjects.ts';

export type MemoryBusOptions = {
  readonly logger?: ErrorLog;
  /** Messages that wait for one subscription; later ones are dropped and logged (a slow consumer). */
  readonly maxPendingMessages?: number;
  /** Requests that wait for an answer. */
  readonly maxPendingRequests?: number;
};

type Handler = (payload: unknown, subject: string) => void;
type Receiver = {
  readonly pattern: string;
  readonly queueGroup: string | undefined;
  readonly handler: Handler;
  pending: number;
  isOpen: boolean;
};
type Responder = {
  readonly pattern: string;
  readonly handler: (payload: unknown, subject: string) => Promise<unknown>;
};

/** Creates the in-process bus. */
export function createMemoryBus(options: MemoryBusOptions = {}): Bus {
  return new MemoryBus(options);
}

class MemoryBus implements Bus {
  readonly #packr = new Packr({ useRecords: false, copyBuffers: true, int64AsType: 'number' });
  readonly #logger: ErrorLog | undefined;
  readonly #maxPendingMessages: number;
  readonly #maxPendingRequests: number;
  readonly #receivers = new Set<Receiver>();
  readonly #responders = new Set<Responder>();
  readonly #waiting = new Set<(error: BusError) => void>();
  /** Next member of a queue group, round robin, by pattern and group. */
  readonly #turns = new Map<string, number>();
  #requestTurn = 0;
  #isClosed = false;

  constructor(options: MemoryBusOptions) {
    this.#logger = options.logger;
    this.#maxPendingMessages = options.maxPendingMessages ?? 10_000;
    this.#maxPendingRequests = options.maxPendingRequests ?? 1000;
  }

  publish(subject: string, payload: unknown): void {
    if (this.#isClosed) throw new BusError('closed');
    assertValid(isSubject(subject), subject);
    const bytes = this.#pack(payload);
    for (const receiver of this.#choose(subject)) this.#deliver(receiver, subject, bytes);
  }

  subscribe(pattern: string, handler: Handler, options?: SubscribeOptions): Subscription {
    assertValid(isSubjectPattern(pattern), pattern);
    const receiver: Receiver = {
      pattern,
      queueGroup: options?.queueGroup,
      handler,
      pending: 0,
      isOpen: true,
    };
    if (!this.#isClosed) this.#receivers.add(receiver);
    return {
      close: () => {
        receiver.isOpen = false;
        this.#receivers.delete(receiver);
      },
    };
  }

  async request(
    subject: string,
    payload: unknown,
    { timeoutMs }: { readonly timeoutMs: number },
  ): Promise<unknown> {
    if (this.#isClosed) throw new BusError('closed');
    assertValid(isSubject(subject), subject);
    const bytes = this.#pack(payload);
    const responders = [...this.#responders].filter((r) => matchesSubject(r.pattern, subject));
    const responder = responders[this.#requestTurn++ % Math.max(1, responders.length)];
    if (responder === undefined) throw new BusError('no-responders');
    if (this.#waiting.size >= this.#maxPendingRequests) throw new BusError('too-busy');
    const answer = await new Promise<Uint8Array>((resolve, reject) => {
      const fail = (error: BusError): void => {
        clearTimeout(timer);
        this.#waiting.delete(fail);
        reject(error);
      };
      const timer = setTimeout(() => {
        fail(new BusError('timeout'));
      }, timeoutMs);
      this.#waiting.add(fail);
      this.#answer(responder, subject, bytes).then(
        (result) => {
          clearTimeout(timer);
          this.#waiting.delete(fail);
          resolve(result);
        },
        (cause: unknown) => {
          fail(new BusError('handler-failed', { cause }));
        },
      );
    });
    return this.#packr.unpack(answer) as unknown;
  }

  respond(
    pattern: string,
    handler: (payload: unknown, subject: string) => Promise<unknown>,
  ): Subscription {
    assertValid(isSubjectPattern(pattern), pattern);
    const responder: Responder = { pattern, handler };
    if (!this.#isClosed) this.#responders.add(responder);
    return {
      close: () => {
        this.#responders.delete(responder);
      },
    };
  }

  async flush(): Promise<void> {
    // Immediates run in the order they were set, so this one runs after every delivery set before.
    await new Promise((resolve) => setImmediate(resolve));
  }

  close(): Promise<void> {
    this.#isClosed = true;
    for (const fail of [...this.#waiting]) fail(new BusError('closed'));
    for (const receiver of this.#receivers) receiver.isOpen = false;
    this.#receivers.clear();
    this.#responders.clear();
    this.#turns.clear();
    return Promise.resolve();
  }

  async #answer(responder: Responder, subject: string, bytes: Uint8Array): Promise<Uint8Array> {
    await new Promise((resolve) => setImmediate(resolve));
    return this.#pack(await responder.handler(this.#packr.unpack(bytes), subject));
  }

  #choose(subject: string): Receiver[] {
    const chosen: Receiver[] = [];
    const groups = new Map<string, Receiver[]>();
    for (const receiver of this.#receivers) {
      if (!matchesSubject(receiver.pattern, subject)) continue;
      if (receiver.queueGroup === undefined) {
        chosen.push(receiver);
        continue;
      }
      const key = `${receiver.queueGroup} ${receiver.pattern}`;
      const members = groups.get(key) ?? [];
      members.push(receiver);
      groups.set(key, members);
    }
    for (const [key, members] of groups) {
      const turn = this.#turns.get(key) ?? 0;
      this.#turns.set(key, turn + 1);
      const member = members[turn % members.length];
      if (member !== undefined) chosen.push(member);
    }
    return chosen;
  }

  #deliver(receiver: Receiver, subject: string, bytes: Uint8Array): void {
    if (receiver.pending >= this.#maxPendingMessages) {
      this.#logger?.error({ subject }, 'slow consumer: a bus message was dropped');
      return;
    }
    receiver.pending += 1;
    setImmediate(() => {
      receiver.pending -= 1;
      if (!receiver.isOpen) return;
      try {
        receiver.handler(this.#packr.unpack(bytes), subject);
      } catch (err) {
        this.#logger?.error({ err, subject }, 'a bus handler failed');
      }
    });
  }

  #pack(payload: unknown): Uint8Array {
    let bytes: Uint8Array;
    try {
      // A copy: the packer's buffer is used again by the next call.
      bytes = new Uint8Array(this.#packr.pack(payload));
    } catch (cause) {
      throw new BusError('not-serialisable', { cause });
    }
    if (bytes.byteLength > MAX_BUS_PAYLOAD_BYTES) throw new BusError('too-large');
    return bytes;
  }
}

function assertValid(isValid: boolean, subject: string): void {
  if (!isValid) throw new TypeError(`not a bus subject: ${subject}`);
}
