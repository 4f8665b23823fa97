// Serves the built web client under headers that let the page run its own scripts and nothing else.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ApiError } from '../api/errors.ts';

/** Content Security Policy Level 3. `connect-src` names ws: and wss: because 'self' does not cover them in every browser. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "media-src 'self' blob: mediastream:",
  "connect-src 'self' ws: wss:",
  "worker-src 'self' blob:",
  "manifest-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** On every answer, whatever it is. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

/** Sets the headers of every answer. */
export function addSecurityHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', (_request, reply, done) => {
    void reply.headers(SECURITY_HEADERS);
    done();
  });
}

/**
 * Serves the files of `webRoot`; /play/* is the page itself, which reads its own address.
 * @param webRoot folder with index.html; null or without one: every page says that the client is not built
 */
export async function serveWebClient(app: FastifyInstance, webRoot: string | null): Promise<void> {
  const isBuilt = webRoot !== null && existsSync(join(webRoot, 'index.html'));
  if (isBuilt) {
    await app.register(fastifyStatic, {
      root: webRoot,
      index: 'index.html',
      cacheControl: false,
      dotfiles: 'deny',
      setHeaders: (reply, path) => {
        // Vite puts a digest of the content into names under assets/, so those never change.
        const isImmutable = path.includes('/assets/');
        void reply.header(
          'cache-control',
          isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache',
        );
      },
    });
  }
  const sendPage = (_request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    if (!isBuilt) throw new ApiError('no-web-client');
    return reply.header('cache-control', 'no-cache').sendFile('index.html');
  };
  if (!isBuilt) app.get('/', { schema: { hide: true } }, sendPage);
  app.get('/play/*', { schema: { hide: true } }, sendPage);
  app.setNotFoundHandler((request, reply) => {
    const wantsPage =
      isBuilt &&
      request.method === 'GET' &&
      !request.url.startsWith('/api/') &&
      (request.headers.accept ?? '').includes('text/html');
    if (wantsPage) return sendPage(request, reply.code(404));
    throw new ApiError('not-found');
  });
}
