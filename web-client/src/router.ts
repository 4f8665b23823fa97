// Two pages, one document: moving from a card to the player keeps the script, the sockets and the user's gesture (sound may start at once).

/** What an address path names. */
export type Route =
  | { readonly page: 'catalogue' }
  | { readonly page: 'play'; readonly titleId: string }
  | { readonly page: 'not-found' };

const playPath = /^\/play\/([a-z0-9][a-z0-9-]{0,63})\/?$/;

/** Reads a path such as `/play/freedoom`; the id follows the protocol's title pattern. */
export function parseRoute(pathname: string): Route {
  if (pathname === '/' || pathname === '/index.html') return { page: 'catalogue' };
  const titleId = playPath.exec(pathname)?.[1];
  return titleId === undefined ? { page: 'not-found' } : { page: 'play', titleId };
}

/** The address of a title's player. */
export function playHref(titleId: string): string {
  return `/play/${titleId}`;
}
