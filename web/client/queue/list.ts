// What is in the list, what left it and what came back. Nothing moves unless the editor acts.

import { all, el, find, groups, html, members, part } from "./dom";

const batches = new Set<string>(); // that this page has settled
let gone = 0; // what left the lane since the page was painted

export const isOurs = (batch: string) => batches.has(batch);

const of = (id: string) => document.getElementById("m-" + id) ?? find(`.g[data-id="${CSS.escape(id)}"]`);

// show hides or shows one comment; a hidden one is not decided on with its group.
function show(one: HTMLElement, shown: boolean) {
  const id = one.dataset.id!;
  one.hidden = !shown;
  for (const field of all<HTMLInputElement>(`input[value="${CSS.escape(id)}"]`, one.closest<HTMLElement>(".g")!)) {
    field.disabled = !shown;
    if (field.type === "checkbox") field.checked = false;
  }
  const g = one.closest<HTMLElement>(".g")!;
  if (g !== one) {
    g.hidden = !members(g).length;
    tally(g);
  }
}

// tally says on a group's button how many it settles.
export function tally(g: HTMLElement) {
  const n = find(".main .n", g);
  if (!n) return;
  n.dataset.all ??= n.textContent!;
  const out = all(".m [name=left]:checked", g).length + all(".m[hidden]", g).length;
  n.textContent = String(+n.dataset.all - out);
}

function spare(g: HTMLElement) {
  const n = find(".main .n", g);
  if (n?.dataset.all) n.dataset.all = String(+n.dataset.all - 1);
}

// leave takes comments, or a whole campaign, out of the list.
export function leave(ids: string[], settled: string, batch: string) {
  if (batch) batches.add(batch);
  const g = settled && document.getElementById("g-" + settled);
  if (g) {
    for (const one of all(".m:has([name=left]:checked)", g)) one.remove(), spare(g); // it left the campaign for good
    g.hidden = true;
    g.dataset.batch = batch;
    gone++;
  }
  for (const id of ids) {
    const one = of(id);
    if (!one || one.hidden || g && g.contains(one)) continue;
    one.dataset.batch = batch;
    if (one.closest(".g")!.getAttribute("data-lane") !== "campaign") gone++;
    show(one, false);
  }
}

// home brings back what a batch had settled, and returns the first of it.
export function home(ids: string[], undone: string): HTMLElement | null {
  let first: HTMLElement | null = null;
  const back = (one: HTMLElement) => {
    first ??= one;
    if (one.dataset.lane !== "campaign" || one.hidden) gone--;
    if (one.dataset.id) show(one, true);
    else one.hidden = false;
    one.classList.remove("taken");
    find(".taken-by", one)?.remove();
    delete one.dataset.batch;
  };
  if (undone) for (const one of all(`[data-batch="${CSS.escape(undone)}"]`)) back(one);
  for (const id of ids) {
    const one = of(id);
    if (one && "batch" in one.dataset) back(one);
  }
  return first && (first as HTMLElement).closest<HTMLElement>(".g");
}

// taken fades what a colleague settled into one line; it stays where it is, under the hands.
export function taken(batch: string, to: string, by: string, ids: string[], words: DOMStringMap) {
  const says = words["by" + to[0].toUpperCase() + to.slice(1)];
  if (to === "pending" || !says) return void home(ids, "");
  const known = ids.map(of).filter((one): one is HTMLElement => !!one && !one.hidden && !("batch" in one.dataset));
  for (const g of new Set(known.map((one) => one.closest<HTMLElement>(".g")!))) {
    const mine = known.filter((one) => g.contains(one));
    const whole = g.dataset.lane !== "good" || mine.length === members(g).length;
    if (!whole || g.dataset.lane === "campaign" && mine.length < members(g).length) {
      for (const one of mine) (one.dataset.batch = batch), gone++, show(one, false);
      continue;
    }
    g.dataset.batch = batch;
    g.classList.add("taken");
    g.prepend(el("p", "taken-by", says.replace("%s", by || words.author!)));
    gone += g.dataset.lane === "good" ? mine.length : 1;
  }
}

// newer is how many came to the lane since the page was painted; 0 when nobody counts that far.
export function newer(before: string, now: string) {
  return before.endsWith("+") || now.endsWith("+") ? 0 : Math.max(0, +now - +before + gone);
}

let extending = false;

// extend fetches the next page before the editor gets to the end of this one.
export async function extend() {
  const next = find<HTMLAnchorElement>("#list .next a");
  if (!next || extending || groups().length > 3) return;
  extending = true;
  const painted = await part(next.href);
  extending = false;
  if (painted === null) return;
  const more = document.createElement("div");
  html(more, painted);
  next.closest(".next")!.remove();
  const before = new Set(all("#list .g").map((g) => g.id));
  for (const g of all(".g", more)) if (before.has(g.id)) g.remove();
  find("#list")!.append(...more.childNodes);
  if (groups().length) find("#empty")!.hidden = true;
}

// readOn shows more of a campaign to who found an innocent among what was shown last.
export function readOn(m: HTMLElement) {
  const g = m.closest<HTMLElement>(".g")!;
  if (all(".m", g).indexOf(m) >= +(g.dataset.from ?? 0)) unfold(g);
}

// unfold shows more members of a campaign below those that are there.
export async function unfold(g: HTMLElement) {
  const link = find<HTMLAnchorElement>(".fold a", g);
  if (!link || link.dataset.busy) return;
  link.dataset.busy = "1";
  const painted = await part(link.href + (link.search ? "&" : "?") + "members=1");
  if (painted === null) return void delete link.dataset.busy;
  const more = document.createElement("div"), fold = link.parentElement!;
  html(more, painted);
  const shown = new Set(all(".m", g).map((m) => m.id));
  g.dataset.from = String(shown.size);
  find(".ms", g)!.append(...all(".m", more).filter((m) => !shown.has(m.id)));
  const next = find(".fold", more);
  if (next) fold.replaceWith(next);
  else fold.remove();
}
