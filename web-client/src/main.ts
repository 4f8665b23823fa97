import type { CatalogueTitle } from './catalogue/catalogue-model.ts';
import { cataloguePage } from './catalogue/catalogue-page.ts';
import { h } from './dom.ts';
import { renderFailure } from './failures/failure-page.ts';
import type { Page } from './page.ts';
import { playerPage } from './player/player-page.ts';
import { measureRefreshRate } from './player/refresh-rate.ts';
import { parseRoute, playHref } from './router.ts';
import { STRINGS } from './strings.ts';
import { publishHook } from './test-hook.ts';

/** How the player came to a title: by a card, with what the card knew. */
type Choice = { readonly title: CatalogueTitle; readonly tapAtMs: number };

function notFoundPage(goHome: () => void): Page {
  const failure = renderFailure({ code: 'page-not-found', logTail: [] }, '', goHome);
  return {
    element: h('main', { class: 'failure-page' }, failure),
    title: STRINGS.productName,
    close: () => undefined,
  };
}

function startApp(root: HTMLElement): void {
  let page: Page | undefined;
  let arrivedAtMs = 0; // the navigation itself
  const goTo = (path: string, choice?: Choice): void => {
    history.pushState(null, '', path);
    show(choice);
  };
  const goHome = (): void => {
    goTo('/');
  };
  const createPage = (choice: Choice | undefined): Page => {
    const route = parseRoute(location.pathname);
    switch (route.page) {
      case 'catalogue':
        return cataloguePage((title, tapAtMs) => {
          goTo(playHref(title.titleId), { title, tapAtMs });
        });
      case 'play':
        return playerPage({
          titleId: route.titleId,
          title: choice?.title,
          tapAtMs: choice?.tapAtMs ?? arrivedAtMs,
          onLeave: goHome,
        });
      case 'not-found':
        return notFoundPage(goHome);
    }
  };
  function show(choice?: Choice): void {
    page?.close();
    page = createPage(choice);
    document.title = page.title;
    root.replaceChildren(page.element);
    scrollTo(0, 0);
    page.open?.();
  }
  addEventListener('popstate', (event) => {
    arrivedAtMs = event.timeStamp;
    show();
  });
  show();
}

publishHook();
measureRefreshRate();
const root = document.getElementById('app');
if (root !== null) startApp(root);
