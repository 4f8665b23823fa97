// Starts the product as a user does (the embedded stack), with its own folders and ports, and stops it again.
import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../server/cli/src/main.ts', import.meta.url));

export type Product = {
  /** Address of the web client, such as http://127.0.0.1:40123. */
  readonly address: string;
  readonly pid: number;
  /** Slots of its edge by state ("free", "warm"), from /metrics; empty while no edge is online. */
  slots(): Promise<ReadonlyMap<string, number>>;
  /** Standard output and error so far. */
  output(): string;
  readonly exited: Promise<number | null>;
  /** Ctrl-C, then waits; SIGKILL after 15 s. */
  stop(): Promise<void>;
  /** kill -9 of the process alone, folders kept (crash tests). */
  kill(): void;
};

/** A TCP port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  });
}

/**
 * Runs `perigee <args>` and waits until it prints its address.
 * @param env more PERIGEE_* keys; `baseFolder` holds data and run folders and is removed by stop() unless given
 */
export async function startProduct(options: {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly baseFolder?: string;
  /** Open descriptors that the product inherits as 3, 4, ... */
  readonly inheritedFds?: readonly number[];
  readonly timeoutMs?: number;
  /** Another user than ours (root only); `baseFolder` is then given and that user's. */
  readonly user?: { readonly uid: number; readonly gid: number };
}): Promise<Product> {
  const metricsPort = await freePort();
  const base = options.baseFolder ?? mkdtempSync(join(tmpdir(), 'perigee-product-'));
  chmodSync(base, 0o711); // the sessions' users must be able to pass it
  const child = spawn(process.execPath, [MAIN, ...(options.args ?? ['up'])], {
    env: {
      ...process.env,
      PERIGEE_PORT: String(await freePort()),
      PERIGEE_METRICS_PORT: String(metricsPort),
      PERIGEE_DATA_DIR: join(base, 'data'),
      PERIGEE_RUN_DIR: join(base, 'run'),
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe', ...(options.inheritedFds ?? [])],
    ...options.user,
  });
  let output = '';
  const collect = (data: Buffer): void => {
    output = (output + data.toString()).slice(-200_000);
  };
  child.stderr?.on('data', collect);
  const exited = new Promise<number | null>((resolve) => {
    child.on('exit', resolve);
  });
  const address = await waitForAddress(child, {
    collect,
    exited,
    timeoutMs: options.timeoutMs ?? 60_000,
  }).catch((error: unknown) => {
    child.kill('SIGKILL');
    if (options.baseFolder === undefined) rmSync(base, { recursive: true, force: true });
    throw new Error(`the product did not start:\n${output}`, { cause: error });
  });
  return {
    address,
    pid: child.pid ?? 0,
    slots: () => readSlots(metricsPort),
    output: () => output,
    exited,
    kill: () => {
      child.kill('SIGKILL');
    },
    async stop() {
      child.kill('SIGINT');
      const killer = setTimeout(() => child.kill('SIGKILL'), 15_000);
      await exited;
      clearTimeout(killer);
      if (options.baseFolder === undefined) rmSync(base, { recursive: true, force: true });
    },
  };
}

function waitForAddress(
  child: ChildProcess,
  options: { collect: (data: Buffer) => void; exited: Promise<number | null>; timeoutMs: number },
): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error('no address printed in time'));
    }, options.timeoutMs);
    let seen = '';
    child.stdout?.on('data', (data: Buffer) => {
      options.collect(data);
      seen += data.toString();
      const address = /https?:\/\/[^\s/]+[^\s]*/.exec(seen)?.[0];
      if (
        address !== undefined &&
        /[\s]/.test(seen.slice(seen.indexOf(address) + address.length)[0] ?? '')
      ) {
        clearTimeout(timer);
        resolve(address.replace(/\/$/, ''));
      }
    });
    void options.exited.then((code) => {
      clearTimeout(timer);
      reject(new Error(`exited with ${String(code)}`));
    });
  });
}

async function readSlots(metricsPort: number): Promise<Map<string, number>> {
  const response = await fetch(`http://127.0.0.1:${String(metricsPort)}/metrics`);
  const lines = (await response.text()).matchAll(
    /^perigee_edge_slots\{.*?state="(\w+)".*?\} (\d+)/gm,
  );
  return new Map([...lines].map(([, state, count]) => [state ?? '', Number(count)]));
}
