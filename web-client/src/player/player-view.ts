// The player's elements. What they do is wired in player-page.ts.
import { icon, logo, type IconName } from '../catalogue/icons.ts';
import { h } from '../dom.ts';
import { STRINGS } from '../strings.ts';
import type { PlayerState } from './player-session.ts';
import { createImmersive } from './immersive.ts';
import { createCover, type Cover, type PosterTitle } from './player-cover.ts';

const TEXT = STRINGS.player;

export type ToolName = 'sound' | 'keyboard' | 'lock' | 'stats' | 'fullscreen' | 'end';

/** What changes about a button of the bar; what is left out stays. */
export type ToolLook = {
  readonly icon?: IconName;
  readonly label?: string;
  readonly isOn?: boolean;
  readonly isShown?: boolean;
};

export type PlayerView = {
  readonly root: HTMLElement;
  readonly stage: HTMLElement;
  readonly video: HTMLVideoElement;
  readonly audio: HTMLAudioElement;
  readonly textField: HTMLTextAreaElement;
  readonly back: HTMLButtonElement;
  readonly cancel: HTMLButtonElement;
  /** Asks before the session is ended; `confirmEnd` is its answer yes. */
  readonly endDialog: HTMLDialogElement;
  readonly confirmEnd: HTMLButtonElement;
  readonly soundChip: HTMLButtonElement;
  readonly handle: HTMLButtonElement;
  readonly tools: Readonly<Record<ToolName, HTMLButtonElement>>;
  /** Name and art of the title, once they are known. */
  readonly setTitle: (title: PosterTitle & { readonly name: string }) => void;
  /** `isStarting`: there is a picture, but the title has not drawn into it yet; the cover stays, and lets input through. */
  readonly setState: (state: PlayerState, secondsLeft: number, isStarting: boolean) => void;
  /** A line over the picture; null takes it away. */
  readonly setNotice: (text: string | null) => void;
  readonly setTool: (tool: ToolName, look: ToolLook) => void;
  /** A phone's keyboard covers the lower half of the screen. */
  readonly setTyping: (isTyping: boolean) => void;
  readonly close: () => void;
};

function iconButton(name: IconName, label: string, className: string): HTMLButtonElement {
  return h(
    'button',
    { type: 'button', class: className, 'aria-label': label, title: label },
    icon(name),
  );
}

function createVideo(): HTMLVideoElement {
  const video = h('video', {
    autoplay: true,
    muted: true,
    playsinline: true,
    disablepictureinpicture: true,
    disableremoteplayback: true,
    tabindex: -1,
  });
  video.muted = true; // the attribute alone does not mute an element that a script made
  return video;
}

/** The last picture, for while the video itself has none: it goes black with its connection. */
function createStill(video: HTMLVideoElement) {
  const element = h('canvas', { class: 'still', hidden: true });
  return {
    element,
    set: (isShown: boolean): void => {
      if (isShown && element.hidden && video.videoWidth > 0) {
        element.width = video.videoWidth;
        element.height = video.videoHeight;
        element.getContext('2d')?.drawImage(video, 0, 0);
      }
      element.hidden = !isShown;
    },
  };
}

function createBar() {
  const name = h('span', { class: 'bar-name' });
  const status = h('span', { class: 'bar-status' });
  const back = iconButton('back', TEXT.back, 'tool');
  const tools = {
    sound: iconButton('soundOff', TEXT.soundOn, 'tool'),
    keyboard: iconButton('keyboard', TEXT.keyboard, 'tool'),
    lock: iconButton('lock', TEXT.lock, 'tool'),
    stats: iconButton('stats', TEXT.stats, 'tool'),
    fullscreen: iconButton('fullscreen', TEXT.fullscreen, 'tool'),
    end: iconButton('end', TEXT.end, 'tool tool-end'),
  };
  const element = h(
    'header',
    { class: 'bar' },
    back,
    h('div', { class: 'bar-title' }, name, status),
    h('div', { class: 'bar-tools' }, ...Object.values(tools)),
  );
  return { element, name, status, back, tools };
}

function createEndDialog() {
  const confirmEnd = h(
    'button',
    { type: 'button', class: 'button button-danger', 'data-action': 'end' },
    TEXT.endConfirm,
  );
  const keep = h('button', { type: 'button', class: 'button' }, TEXT.endCancel);
  const element = h(
    'dialog',
    { class: 'dialog', 'aria-labelledby': 'end-question' },
    h('h2', { id: 'end-question' }, TEXT.endQuestion),
    h('p', {}, TEXT.endText),
    h('div', { class: 'dialog-buttons' }, keep, confirmEnd),
  );
  keep.addEventListener('click', () => {
    element.close();
  });
  return { element, confirmEnd };
}

function createBanner() {
  const text = h('p', {});
  const element = h(
    'div',
    { class: 'banner', role: 'status', hidden: true },
    logo(),
    h('div', {}, h('strong', {}, TEXT.reconnecting), text),
  );
  return { element, text };
}

function createSoundChip(): HTMLButtonElement {
  return h(
    'button',
    { type: 'button', class: 'chip', hidden: true },
    icon('soundOff'),
    h('span', {}),
  );
}

function createTextField(): HTMLTextAreaElement {
  return h('textarea', {
    class: 'text-field',
    'aria-label': TEXT.keyboardInput,
    autocomplete: 'off',
    autocapitalize: 'none',
    autocorrect: 'off',
    spellcheck: 'false',
    tabindex: -1,
    rows: 1,
  });
}

function applyLook(button: HTMLButtonElement, look: ToolLook): void {
  if (look.icon !== undefined) button.replaceChildren(icon(look.icon));
  if (look.label !== undefined) {
    button.setAttribute('aria-label', look.label);
    button.title = look.label;
  }
  if (look.isOn !== undefined) button.setAttribute('aria-pressed', String(look.isOn));
  if (look.isShown !== undefined) button.hidden = !look.isShown;
}

function statusWord(state: PlayerState, isStarting: boolean): string {
  if (isStarting) return TEXT.starting;
  if (state.name === 'live') return TEXT.live;
  return state.name === 'reconnecting' ? TEXT.reconnecting : TEXT.connecting;
}

function showOnCover(cover: Cover, state: PlayerState, isStarting: boolean): void {
  if (state.name === 'connecting') cover.show(state);
  else if (isStarting) cover.showStarting();
  cover.element.hidden = state.name !== 'connecting' && !isStarting;
}

/** Makes the elements of a player for a title. */
export function createPlayerView(title: PosterTitle): PlayerView {
  const video = createVideo();
  const still = createStill(video);
  const audio = h('audio', { autoplay: true });
  const textField = createTextField();
  const cover = createCover(title);
  const bar = createBar();
  const soundChip = createSoundChip();
  const notice = h('p', { class: 'notice', role: 'status', hidden: true });
  const banner = createBanner();
  const end = createEndDialog();
  const stage = h('div', { class: 'stage', tabindex: -1 });
  stage.append(video, still.element, audio, textField);
  stage.append(soundChip, notice, banner.element, cover.element); // what lies over the picture, the topmost last
  const root = h('div', { class: 'player', 'data-state': 'connecting' });
  const handle = iconButton('menu', TEXT.menuShow, 'handle');
  root.append(bar.element, handle, stage, end.element);
  const immersive = createImmersive({
    root,
    stage,
    handle,
    onMenu: (isOpen) => {
      applyLook(handle, { label: isOpen ? TEXT.menuHide : TEXT.menuShow });
    },
  });
  return {
    root,
    stage,
    video,
    audio,
    textField,
    back: bar.back,
    cancel: cover.cancel,
    endDialog: end.element,
    confirmEnd: end.confirmEnd,
    soundChip,
    handle,
    tools: bar.tools,
    setTitle: (known) => {
      bar.name.textContent = known.name;
      video.setAttribute('aria-label', TEXT.picture(known.name));
      cover.setTitle(known);
    },
    setState: (state, secondsLeft, isStarting) => {
      const isReconnecting = state.name === 'reconnecting';
      root.setAttribute('data-state', state.name);
      root.toggleAttribute('data-starting', isStarting);
      immersive.setPlaying(isReconnecting || (state.name === 'live' && !isStarting));
      bar.status.textContent = statusWord(state, isStarting);
      showOnCover(cover, state, isStarting);
      still.set(isReconnecting);
      banner.element.hidden = !isReconnecting;
      banner.text.textContent = TEXT.reconnectingText(secondsLeft);
    },
    setNotice: (text) => {
      notice.hidden = text === null;
      notice.textContent = text ?? '';
    },
    setTool: (tool, look) => {
      applyLook(bar.tools[tool], look);
    },
    setTyping: (isTyping) => {
      root.toggleAttribute('data-typing', isTyping);
    },
    close: immersive.close,
  };
}
