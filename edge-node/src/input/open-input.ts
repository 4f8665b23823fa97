import type { Resolution } from '@perigee/protocol';
import { connectX11 } from '../display/x11-client.ts';
import type { Injector, InputSockets } from './injector.ts';
import { InputtestInjector } from './inputtest-injector.ts';
import { InputDeviceError } from './inputtest-device.ts';
import { TextInjector } from './text-injector.ts';
import { XtestInjector } from './xtest-injector.ts';
import { openXtest } from './xtest.ts';

const X_LIMIT_MS = 3000;

/** What input needs to know of a display; a part of DisplayAccess. */
export type InputDisplay = {
  readonly socketPath: string;
  readonly cookieHex: string;
  readonly inputSockets: InputSockets | null;
};

/** All ways into one session's display. */
export type SessionInput = {
  readonly injector: Injector;
  /** Undefined when the server lets nobody type. */
  readonly text: TextInjector | undefined;
  /** Frees devices and connection. Idempotent. */
  close(): void;
};

/**
 * Opens input for a display: `inputtest` devices where the display has them, else XTEST; text always through XTEST.
 * `resolution`: size of the screen at the moment of the call. @throws {InputDeviceError} when there is no way in
 */
export async function openInput(
  display: InputDisplay,
  resolution: () => Resolution,
): Promise<SessionInput> {
  const client = await connectX11({
    socketPath: display.socketPath,
    cookieHex: display.cookieHex,
    timeoutMs: X_LIMIT_MS,
  });
  try {
    const xtest = await openXtest(client);
    const text = xtest === undefined ? undefined : await TextInjector.open(client, xtest);
    const injector =
      display.inputSockets !== null
        ? await InputtestInjector.connect(display.inputSockets)
        : xtest === undefined
          ? undefined
          : new XtestInjector(xtest, resolution);
    if (injector === undefined) throw new InputDeviceError('the display has no XTEST');
    return {
      injector,
      text,
      close: () => {
        injector.close();
        client.close();
      },
    };
  } catch (error) {
    client.close();
    throw error;
  }
}
