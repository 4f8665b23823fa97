// Which key strokes stay with the browser. Everything else belongs to the title.

/** The part of KeyboardEvent that decides. */
export type KeyStroke = Pick<KeyboardEvent, 'code' | 'ctrlKey' | 'altKey' | 'metaKey' | 'shiftKey'>;

/** Reload, fullscreen, developer tools. */
const BROWSER_KEYS = new Set(['F5', 'F11', 'F12']);
/** With Ctrl or Cmd: reload, tabs and windows, address bar, zoom, print. */
const BROWSER_WITH_CONTROL = new Set([
  'KeyR',
  'KeyT',
  'KeyN',
  'KeyW',
  'KeyL',
  'KeyP',
  'Tab',
  'Equal',
  'Minus',
  'Digit0',
  'NumpadAdd',
  'NumpadSubtract',
]);
/** With Ctrl+Shift or Cmd+Alt: developer tools. */
const BROWSER_DEVELOPER = new Set(['KeyI', 'KeyJ', 'KeyC', 'KeyK', 'KeyM']);

/** Whether the browser keeps this stroke. With the keyboard locked (fullscreen) it keeps only F11 and F12. */
export function belongsToBrowser(stroke: KeyStroke, isKeyboardLocked: boolean): boolean {
  const { code } = stroke;
  if (isKeyboardLocked) return code === 'F11' || code === 'F12';
  if (BROWSER_KEYS.has(code)) return true;
  const hasControl = stroke.ctrlKey || stroke.metaKey;
  if (hasControl && BROWSER_WITH_CONTROL.has(code)) return true;
  if ((stroke.ctrlKey && stroke.shiftKey) || (stroke.metaKey && stroke.altKey))
    return BROWSER_DEVELOPER.has(code);
  return stroke.altKey && (code === 'F4' || code === 'Tab');
}

/** Ctrl+Alt+S shows and hides the statistics. */
export function isStatsShortcut(stroke: KeyStroke): boolean {
  return stroke.code === 'KeyS' && stroke.ctrlKey && stroke.altKey && !stroke.metaKey;
}
