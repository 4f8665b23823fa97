import { expect, test } from 'vitest';
import { parseRoute, playHref } from './router.ts';

test.each([
  ['/', { page: 'catalogue' }],
  ['/index.html', { page: 'catalogue' }],
  ['/play/freedoom', { page: 'play', titleId: 'freedoom' }],
  ['/play/gnome-2048/', { page: 'play', titleId: 'gnome-2048' }],
  ['/play/', { page: 'not-found' }],
  ['/play/../x', { page: 'not-found' }],
  ['/play/UPPER', { page: 'not-found' }],
  ['/play/a/b', { page: 'not-found' }],
  ['/elsewhere', { page: 'not-found' }],
])('%s', (path, route) => {
  expect(parseRoute(path)).toEqual(route);
});

test('a title’s address leads back to it', () => {
  expect(parseRoute(playHref('freedoom'))).toEqual({ page: 'play', titleId: 'freedoom' });
});
