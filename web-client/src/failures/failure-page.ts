import { icon, type IconName } from '../catalogue/icons.ts';
import { h } from '../dom.ts';
import { STRINGS } from '../strings.ts';
import { describeFailure, type Failure, type FailureAction } from './failure-table.ts';

const TEXT = STRINGS.failurePage;

function chooseIcon(failure: Failure): IconName {
  if (failure.code === 'taken-over') return 'fullscreen';
  if (failure.code === 'player-left' || failure.code === 'title-exited') return 'end';
  const isNetwork = failure.code === 'media-failed' || failure.code === 'server-unreachable';
  return isNetwork ? 'offline' : 'warning';
}

/**
 * A full page for a failure: what was played, a title, a sentence, one button to act, the way back, the last lines of the title's log when
 * there are any, and the code in small print.
 */
export function renderFailure(
  failure: Failure,
  subject: string,
  onAction: (action: FailureAction) => void,
): HTMLElement {
  const { title, sentence, action, label } = describeFailure(failure.code);
  const headingId = 'failure-title';
  const act = h(
    'button',
    { class: 'button button-primary', type: 'button', 'data-action': action },
    label,
  );
  act.addEventListener('click', () => {
    onAction(action);
  });
  const buttons = h('div', { class: 'failure-buttons' }, act);
  if (action !== 'catalogue') {
    const back = h(
      'button',
      { class: 'button', type: 'button', 'data-action': 'catalogue' },
      TEXT.catalogue,
    );
    back.addEventListener('click', () => {
      onAction('catalogue');
    });
    buttons.append(back);
  }
  const box = h(
    'section',
    { class: 'failure', role: 'alert', 'aria-labelledby': headingId, 'data-code': failure.code },
    h('div', { class: 'failure-icon' }, icon(chooseIcon(failure))),
    subject === '' ? '' : h('p', { class: 'failure-subject' }, subject),
    h('h1', { id: headingId, tabindex: -1 }, title),
    h('p', { class: 'failure-text' }, sentence),
    buttons,
  );
  if (failure.logTail.length > 0) {
    box.append(
      h(
        'details',
        { class: 'failure-log' },
        h('summary', {}, TEXT.logHeading),
        h('pre', { tabindex: 0 }, failure.logTail.join('\n')),
      ),
    );
  }
  box.append(h('p', { class: 'failure-code' }, `${TEXT.code}: `, h('code', {}, failure.code)));
  return box;
}
