// What all parts of the queue's script share.

const policy = (window as any).trustedTypes?.createPolicy("balasan", { createHTML: (s: string) => s });

export const find = <T extends HTMLElement = HTMLElement>(selector: string, root: ParentNode = document) => root.querySelector<T>(selector);
export const all = <T extends HTMLElement = HTMLElement>(selector: string, root: ParentNode = document) => [...root.querySelectorAll<T>(selector)];
export const el = (tag: string, className: string, text: string) => Object.assign(document.createElement(tag), { className, textContent: text });

// html puts what the server painted into a place.
export function html(place: HTMLElement, painted: string) {
  place.innerHTML = policy ? policy.createHTML(painted) : painted;
}

// groups that can be decided on, from top to bottom.
export const groups = () => all(".g:not([hidden], .taken)");
export const members = (group: HTMLElement) => all(".m:not([hidden])", group);
export const group = () => document.activeElement?.closest<HTMLElement>(".g") ?? null;
export const member = () => document.activeElement?.closest<HTMLElement>(".m") ?? null;

// focus moves to a place and scrolls no further than it takes to see it: of what is taller than the
// screen, its beginning.
export function focus(at?: HTMLElement | null, still = false) {
  at?.focus({ preventScroll: true });
  if (!at || still) return;
  const { top, bottom } = at.getBoundingClientRect(), edge = 72;
  const by = top < edge ? top - edge : Math.max(0, Math.min(bottom + edge - innerHeight, top - edge));
  if (by) scrollBy({ top: by, behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
}

// part fetches a part of a page; nothing when it cannot be had. Who is signed out signs in again.
export async function part(url: string): Promise<string | null> {
  const answer = await fetch(url, { headers: { "Balasan-Fragment": "1", Accept: "text/html" }, redirect: "manual" }).catch(() => null);
  if (answer?.type === "opaqueredirect") location.reload();
  return answer?.ok ? answer.text() : null;
}
