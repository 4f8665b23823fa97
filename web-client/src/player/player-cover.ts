// What is seen until the first picture: the title's poster and, honestly, which step is under way.
import { renderPoster } from '../catalogue/poster.ts';
import { h } from '../dom.ts';
import { STRINGS } from '../strings.ts';
import type { ConnectStep, PlayerState } from './player-session.ts';

const TEXT = STRINGS.player;
const STEPS: readonly ConnectStep[] = ['opening', 'placing', 'starting', 'media', 'picture'];

/** What a poster is drawn from. */
export type PosterTitle = { readonly titleId: string; readonly category: string };

export type Cover = {
  readonly element: HTMLElement;
  readonly cancel: HTMLButtonElement;
  readonly show: (state: Extract<PlayerState, { name: 'connecting' }>) => void;
  /** Picture and sound are there; the title has not drawn yet. */
  readonly showStarting: () => void;
  readonly setTitle: (title: PosterTitle & { readonly name: string }) => void;
};

/** Makes the cover. */
export function createCover(title: PosterTitle): Cover {
  let name = title.titleId;
  let isResuming = false;
  const art = h('div', { class: 'cover-art' }, renderPoster(title));
  const heading = h('h1', { class: 'cover-name' });
  const status = h('p', { class: 'cover-status', role: 'status' });
  const items = new Map(STEPS.map((step) => [step, h('li', {}, STRINGS.steps[step])]));
  const cancel = h('button', { type: 'button', class: 'button' }, TEXT.cancel);
  const element = h(
    'div',
    { class: 'cover' },
    art,
    h(
      'div',
      { class: 'cover-card' },
      h('div', { class: 'spinner', 'aria-hidden': 'true' }, h('span', { class: 'spinner-moon' })),
      h('div', { class: 'cover-text' }, heading, status),
      h('ol', { class: 'cover-steps', 'aria-hidden': 'true' }, ...items.values()),
      cancel,
    ),
  );
  const showHeading = (): void => {
    heading.textContent = isResuming ? TEXT.resuming(name) : TEXT.connectingTo(name);
  };
  const show: Cover['show'] = (state) => {
    isResuming = state.isResuming;
    showHeading();
    const sentence = STRINGS.steps[state.step];
    status.textContent =
      state.queuePosition === null
        ? `${sentence}…`
        : `${sentence}. ${TEXT.queuePosition(state.queuePosition)}.`;
    const now = STEPS.indexOf(state.step === 'queued' ? 'placing' : state.step);
    STEPS.forEach((step, index) => {
      items
        .get(step)
        ?.setAttribute('data-progress', index < now ? 'done' : index === now ? 'now' : 'later');
    });
  };
  const setTitle: Cover['setTitle'] = (known) => {
    name = known.name;
    art.replaceChildren(renderPoster(known));
    showHeading();
  };
  const showStarting = (): void => {
    status.textContent = `${TEXT.titleStarting}…`;
  };
  return { element, cancel, show, showStarting, setTitle };
}
