import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  createLogger,
  createMemoryBus,
  parseEnvironment,
  publishTopic,
  TOPICS,
} from '@perigee/kit';
import type { EdgeNodeId, SessionId, TitleId } from '@perigee/protocol';
import { openControlStore, serverEnvironment, startServer } from '@perigee/server';
import { startControlPlane, type ControlPlane } from '../support/control-plane.ts';
import { createStubKey, openStubEdge, stubFacts } from '../support/stub-edge.ts';

let plane: ControlPlane;
let webRoot: string;
let base: string;

beforeAll(async () => {
  webRoot = mkdtempSync(join(tmpdir(), 'perigee-web-'));
  mkdirSync(join(webRoot, 'assets'));
  writeFileSync(join(webRoot, 'index.html'), '<!doctype html><title>Perigee</title>');
  writeFileSync(join(webRoot, 'assets', 'main-abc123.js'), 'export {};');
  writeFileSync(join(webRoot, '.secret'), 'no');
  writeFileSync(join(webRoot, '..', 'perigee-outside.txt'), 'no');
  plane = await startControlPlane({}, { webRoot });
  base = plane.server.address;
  const key = createStubKey();
  const edgeNodeId = 'edge-1' as EdgeNodeId;
  await plane.store.edges.admit({ publicKeyHex: key.publicKeyHex, edgeNodeId });
  await openStubEdge(plane.edgeUrl, key, stubFacts());
  await vi.waitFor(async () => {
    if ((await plane.store.edges.countOnline()) !== 1) throw new Error('not recorded yet');
  });
});
afterAll(async () => {
  await plane.close();
  rmSync(webRoot, { recursive: true });
});

/** A request as it is written, path not normalised, with any Host. */
async function raw(path: string, headers: Record<string, string> = {}): Promise<IncomingMessage> {
  const { port } = plane.server;
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, headers }, (response) => {
      response.resume();
      resolve(response);
    })
      .on('error', reject)
      .end();
  });
}

describe('the REST interface', () => {
  it('lists the catalogue and finds a title', async () => {
    const list = (await (await fetch(`${base}/api/v1/titles`)).json()) as { titles: unknown[] };
    expect(list.titles).toEqual([{ ...stubFacts().titles[0], isOnline: true, edgesOnline: 1 }]);
    const one = await fetch(`${base}/api/v1/titles/flash`);
    expect(one.status).toBe(200);
    expect(await one.json()).toMatchObject({ titleId: 'flash', name: 'Flash' });
  });

  it.each([
    ['/api/v1/titles/none', 404, 'unknown-title'],
    ['/api/v1/titles/UPPER', 400, 'bad-request'],
    [`/api/v1/titles/${'x'.repeat(100)}`, 400, 'bad-request'],
    ['/api/v1/titles/..%2f..%2fetc', 400, 'bad-request'],
    ['/api/v1/sessions?limit=0', 400, 'bad-request'],
    ['/api/v1/sessions?limit=x', 400, 'bad-request'],
    ['/api/v1/sessions?other=1', 400, 'bad-request'],
    ['/api/v1/none', 404, 'not-found'],
    ['/api/v1/titles/%', 400, 'bad-request'],
  ])('%s answers %i %s', async (path, status, code) => {
    const response = await fetch(`${base}${path}`);
    expect(response.status).toBe(status);
    const body = (await response.json()) as { code: string; message: string };
    expect(body.code).toBe(code);
    expect(Object.keys(body).sort()).toEqual(['code', 'message']);
  });

  it('tells its health', async () => {
    expect(await (await fetch(`${base}/api/v1/health`)).json()).toMatchObject({
      status: 'ok',
      edgesOnline: 1,
      version: '0.1.0',
    });
  });

  it('shows sessions on the loopback interface under a loopback name only', async () => {
    const sessionId = 'session-1' as SessionId;
    publishTopic(plane.bus, TOPICS.sessionState, {
      sessionId,
      titleId: 'flash' as TitleId,
      edgeNodeId: 'edge-1' as EdgeNodeId,
      state: 'live',
      code: null,
    });
    const list = async (): Promise<unknown> => (await fetch(`${base}/api/v1/sessions`)).json();
    await expect.poll(list).toMatchObject({ sessions: [{ sessionId, state: 'live', code: null }] });
    // A page of another site that made its name point at 127.0.0.1.
    expect((await raw('/api/v1/sessions', { host: 'evil.example' })).statusCode).toBe(403);
    expect((await raw('/api/v1/sessions', { host: 'localhost:1' })).statusCode).toBe(200);
    expect((await raw('/api/v1/sessions', { host: '[::1]:1' })).statusCode).toBe(200);
  });

  it('describes every route and every answer in its OpenAPI document', async () => {
    const document = (await (await fetch(`${base}/api/v1/openapi.json`)).json()) as {
      openapi: string;
      paths: Record<string, { get: { summary: string; responses: Record<string, unknown> } }>;
    };
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths).sort()).toEqual([
      '/api/v1/health',
      '/api/v1/openapi.json',
      '/api/v1/sessions',
      '/api/v1/titles',
      '/api/v1/titles/{titleId}',
    ]);
    for (const { get } of Object.values(document.paths)) {
      expect(get.summary).not.toBe('');
      expect(Object.keys(get.responses)).toEqual(expect.arrayContaining(['200', '429']));
    }
  });

  it('limits requests per address', async () => {
    const small = await startControlPlane({}, { apiRequestsPerMinute: 3 });
    const ask = async (): Promise<Response> => fetch(`${small.server.address}/api/v1/health`);
    const answers = [await ask(), await ask(), await ask(), await ask()];
    expect(answers.map((r) => r.status)).toEqual([200, 200, 200, 429]);
    expect(await answers[3]?.json()).toMatchObject({ code: 'rate-limited' });
    await small.close();
  });
});

describe('the web client', () => {
  it.each(['/', '/play/flash', '/play/flash?x=1', '/play/a/b'])('%s is the page', async (path) => {
    const response = await fetch(`${base}${path}`);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('<title>Perigee</title>');
    expect(response.headers.get('cache-control')).toBe('no-cache');
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toContain('unsafe');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('files with a digest in their name are kept by browsers', async () => {
    const response = await fetch(`${base}/assets/main-abc123.js`);
    expect(response.headers.get('cache-control')).toContain('immutable');
    expect(response.headers.get('content-type')).toContain('javascript');
  });

  it('an unknown page is the page with 404, an unknown file is not', async () => {
    const page = await fetch(`${base}/nothing`, { headers: { accept: 'text/html' } });
    expect(page.status).toBe(404);
    expect(await page.text()).toContain('<title>Perigee</title>');
    expect((await fetch(`${base}/assets/none.js`)).status).toBe(404);
  });

  it.each([
    '/../perigee-outside.txt',
    '/%2e%2e/perigee-outside.txt',
    '/assets/..%2f..%2fperigee-outside.txt',
    '/.secret',
    '/%2esecret',
    '/assets/%00',
  ])('%s stays inside', async (path) => {
    const { statusCode } = await raw(path);
    expect(statusCode === undefined || statusCode >= 400).toBe(true);
  });

  it('says so when it was not built', async () => {
    const bare = await startControlPlane();
    const response = await fetch(`${bare.server.address}/play/flash`);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ code: 'no-web-client' });
    await bare.close();
  });
});

describe('the listeners', () => {
  it('bind to loopback, metrics apart from the public port', async () => {
    expect(plane.server.address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect((plane.server.app.server.address() as AddressInfo).address).toBe('127.0.0.1');
    const metrics = await (await fetch(plane.server.metricsAddress)).text();
    expect(metrics).toContain('perigee_http_requests_total{method="GET",route="/api/v1/titles"');
    expect(metrics).toContain('perigee_process_cpu_seconds_total');
    expect((await fetch(`${base}/metrics`)).status).toBe(404);
    await expect
      .poll(async () => (await fetch(plane.server.metricsAddress)).text(), { timeout: 10_000 })
      .toContain('perigee_edge_slots{edge="edge-1",state="all"} 2');
    const names = [...metrics.matchAll(/^# TYPE (\S+)/gm)].map((m) => m[1]);
    expect(names.filter((name) => name?.startsWith('perigee_') !== true)).toEqual([]);
  });

  it.each(['PERIGEE_PORT', 'PERIGEE_METRICS_PORT'])(
    'a port in use names %s and leaves nothing open',
    async (portKey) => {
      const taken = createServer();
      await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
      const { port } = taken.address() as AddressInfo;
      const config = parseEnvironment(
        { PERIGEE_PORT: '0', PERIGEE_METRICS_PORT: '0', [portKey]: String(port) },
        serverEnvironment,
      );
      const logger = createLogger({ name: 'test', level: 'silent' });
      const store = await openControlStore({ dataDir: null });
      const bus = createMemoryBus();
      await expect(
        startServer({ config, logger, bus, store, webRoot: null }),
      ).rejects.toMatchObject({
        code: 'config',
        problems: [{ where: portKey, problem: expect.stringContaining('in use') as string }],
      });
      await store.close();
      taken.close();
    },
  );
});
