import { h } from '../dom.ts';
import type { Page } from '../page.ts';
import { playHref } from '../router.ts';
import { STRINGS } from '../strings.ts';
import { toCards, type Card, type CatalogueTitle } from './catalogue-model.ts';
import { icon, logo } from './icons.ts';
import { renderPoster } from './poster.ts';
import { fetchTitles } from './titles-api.ts';

const TEXT = STRINGS.catalogue;
const REFRESH_INTERVAL_MS = 15_000;

/** Called with the title whose card was chosen and the time of the tap (ms of performance.now). */
export type ChooseTitle = (title: CatalogueTitle, tapAtMs: number) => void;

function renderKinds(card: Card): HTMLElement {
  return h(
    'ul',
    { class: 'kinds' },
    ...card.kinds.map(({ kind, label }) =>
      h('li', { class: 'kind' }, icon(kind), h('span', {}, label)),
    ),
  );
}

function renderCard(card: Card, onChoose: ChooseTitle): HTMLElement {
  const { title } = card;
  const content = [
    h(
      'div',
      { class: 'card-art' },
      renderPoster(title),
      title.isOnline
        ? h('span', { class: 'card-play' }, icon('play'))
        : h('span', { class: 'card-offline' }, icon('offline'), TEXT.offline),
    ),
    h(
      'div',
      { class: 'card-body' },
      title.category === '' ? '' : h('p', { class: 'card-category' }, title.category),
      h('h2', { class: 'card-name' }, title.name),
      title.description === '' ? '' : h('p', { class: 'card-text' }, title.description),
      renderKinds(card),
      title.isOnline
        ? card.hint === null
          ? ''
          : h('p', { class: 'card-hint' }, card.hint)
        : h('p', { class: 'card-hint' }, TEXT.offlineHint),
    ),
  ];
  if (!title.isOnline) {
    return h('li', {}, h('article', { class: 'card card-is-offline' }, ...content));
  }
  const link = h(
    'a',
    { class: 'card', href: playHref(title.titleId), 'data-title-id': title.titleId },
    ...content,
  );
  link.addEventListener('click', (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return; // the browser opens a tab
    event.preventDefault();
    onChoose(title, event.timeStamp);
  });
  return h('li', {}, link);
}

function renderMessage(heading: string, text: string, onRetry?: () => void): HTMLElement {
  const box = h('div', { class: 'message' }, h('h2', {}, heading), h('p', {}, text));
  if (onRetry !== undefined) {
    const button = h('button', { class: 'button button-primary', type: 'button' }, TEXT.tryAgain);
    button.addEventListener('click', onRetry);
    box.append(button);
  }
  return box;
}

function renderSkeleton(): HTMLElement {
  return h(
    'ul',
    { class: 'grid', 'aria-label': TEXT.loading, 'aria-busy': true },
    ...[1, 2, 3].map(() =>
      h(
        'li',
        {},
        h(
          'div',
          { class: 'card skeleton' },
          h('div', { class: 'card-art' }),
          h('div', { class: 'card-body' }),
        ),
      ),
    ),
  );
}

/** The page at `/`: every title with its poster; refreshed while it is visible, so that online and offline stay honest. */
export function cataloguePage(onChoose: ChooseTitle): Page {
  const count = h('p', { class: 'count', role: 'status' });
  const content = h('div', { class: 'content' }, renderSkeleton());
  const element = h(
    'div',
    { class: 'catalogue' },
    h(
      'header',
      { class: 'masthead' },
      h('a', { class: 'brand', href: '/' }, logo(), h('span', {}, STRINGS.productName)),
      count,
    ),
    h('main', {}, h('h1', {}, TEXT.heading), h('p', { class: 'lead' }, TEXT.lead), content),
  );
  let isClosed = false;
  let shown = '';

  const show = (titles: readonly CatalogueTitle[]): void => {
    const key = JSON.stringify(titles);
    if (key === shown) return; // nothing changed: keep focus and hover where they are
    shown = key;
    const isTouchOnly = matchMedia('(hover: none) and (pointer: coarse)').matches;
    const cards = toCards(titles, { isTouchOnly });
    count.textContent =
      cards.length === 0
        ? ''
        : TEXT.countLine(cards.filter((c) => c.title.isOnline).length, cards.length);
    content.replaceChildren(
      cards.length === 0
        ? renderMessage(TEXT.emptyTitle, TEXT.emptyText)
        : h('ul', { class: 'grid' }, ...cards.map((card) => renderCard(card, onChoose))),
    );
  };
  const load = (): void => {
    fetchTitles().then(
      (titles) => {
        if (!isClosed) show(titles);
      },
      () => {
        if (isClosed || shown !== '') return; // an old list is better than none
        content.replaceChildren(
          renderMessage(TEXT.errorTitle, TEXT.errorText, () => {
            content.replaceChildren(renderSkeleton());
            load();
          }),
        );
      },
    );
  };
  load();
  const timer = setInterval(() => {
    if (document.visibilityState === 'visible') load();
  }, REFRESH_INTERVAL_MS);
  return {
    element,
    title: STRINGS.productName,
    close: () => {
      isClosed = true;
      clearInterval(timer);
    },
  };
}
