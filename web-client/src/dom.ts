// The whole "framework" of the page: elements are made here and nowhere from markup, so no text is ever parsed as HTML.

export type Child = Node | string;
/** `class`, `aria-*`, `data-*` and so on; `false` and `undefined` leave the attribute out, `true` sets it empty. */
export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

function applyAttributes(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? '' : String(value));
  }
}

/** Makes an HTML element. Strings among the children become text nodes. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  applyAttributes(element, attributes);
  element.append(...children);
  return element;
}

/** Makes an SVG element. */
export function svg<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[Tag] {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  applyAttributes(element, attributes);
  element.append(...children);
  return element;
}

/** Adds an event listener and returns the function that removes it. */
export function listen<Name extends string>(
  target: EventTarget,
  name: Name,
  listener: (event: Name extends keyof WindowEventMap ? WindowEventMap[Name] : Event) => void,
  options: AddEventListenerOptions = {},
): () => void {
  const handler = listener as EventListener;
  target.addEventListener(name, handler, options);
  return () => {
    target.removeEventListener(name, handler, options);
  };
}
