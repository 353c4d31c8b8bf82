// What happens elsewhere while the page is open: counts, colleagues' decisions and what they read.

import { all, find, group } from "./dom";
import { isOurs, newer, taken } from "./list";

const before: Record<string, string> = {};

// listen follows the server's events, and asks again and again where there are none to be had.
export function listen(main: HTMLElement, busy: () => boolean) {
  for (const n of all("[data-count]")) before[n.dataset.count!] = n.textContent!;
  const site = new URLSearchParams({ site: main.dataset.site! });
  let now: Record<string, string> = { ...before };
  const count = (counts: Record<string, string>) => {
    now = counts;
    for (const n of all("[data-count]")) n.textContent = counts[n.dataset.count!] ?? n.textContent;
    const lane = main.dataset.lane!;
    fresh(main, lane && counts[lane] ? newer(before[lane], counts[lane]) : 0);
  };
  async function poll() {
    if (document.hidden) return;
    const answer = await fetch("/v1/editor/lanes?" + site).catch(() => null);
    if (answer?.status === 401) location.reload();
    else if (answer?.ok) count(await answer.json());
  }
  let asking = 0;
  function open() {
    const events = new EventSource("/v1/editor/events?" + site);
    const on = (name: string, heard: (data: any) => void) => events.addEventListener(name, (e) => heard(JSON.parse((e as MessageEvent).data)));
    events.onopen = () => { clearInterval(asking); asking = 0; };
    events.onerror = () => {
      asking ||= window.setInterval(poll, 10_000);
      if (events.readyState === EventSource.CLOSED) poll(), setTimeout(open, 60_000);
    };
    on("counts", count);
    on("leases", leases);
    on("reset", poll);
    on("settled", (s) => later(() => { if (!isOurs(s.batch)) taken(s.batch, s.to, s.by, s.ids, main.dataset); }));
  }
  // An event may be faster than the answer to the form that caused it.
  function later(then: () => void) {
    if (busy()) setTimeout(() => later(then), 100);
    else then();
  }
  function leases(open: { group: string; by: string; initials: string }[]) {
    for (const g of all(".g[data-group]")) {
      const sign = find(".lease", g), by = open.find((l) => l.group === g.dataset.group);
      if (!sign || sign.dataset.by === (by?.by ?? "")) continue;
      sign.dataset.by = by?.by ?? "";
      sign.hidden = !by;
      sign.replaceChildren();
      if (!by) continue;
      const initials = Object.assign(document.createElement("b"), { title: by.by, textContent: by.initials });
      initials.setAttribute("aria-hidden", "true");
      sign.append(initials, Object.assign(document.createElement("span"), { className: "sr", textContent: main.dataset.open!.replace("%s", by.by) }));
    }
  }
  open();
  // After a decision: the server tells new counts within a second, unless they are the same as before.
  return () => (asking ? poll() : setTimeout(() => count(now), 2500));
}

function fresh(main: HTMLElement, n: number) {
  const link = find("#fresh");
  if (!link) return;
  const text = n ? main.dataset.new!.replace("%d", String(n)) : "";
  if (link.textContent !== text) link.textContent = text;
  link.hidden = !text;
}

// lease tells colleagues what is being read here, a moment after the focus came to it.
export function lease() {
  let held = "", soon = 0;
  const tell = (id: string, release: boolean) => {
    const body = new URLSearchParams({ id, ...(release && { release: "1" }) });
    fetch("/queue/lease", { method: "POST", body, keepalive: true, redirect: "manual", headers: { "Balasan-Fragment": "1" } }).catch(() => null);
  };
  const drop = () => { if (held) tell(held, true); held = ""; };
  document.addEventListener("focusin", () => {
    const id = group()?.dataset.group ?? "";
    if (id === held) return;
    clearTimeout(soon);
    soon = window.setTimeout(() => { drop(); if (id && !document.hidden) tell((held = id), false); }, 400);
  });
  setInterval(() => { if (held && !document.hidden) tell(held, false); }, 30_000);
  addEventListener("pagehide", drop);
}
