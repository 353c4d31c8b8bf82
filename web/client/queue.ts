// The queue under the keyboard. Every act is a form of the page: this script sends it without
// leaving the page and puts what the server says about it where it is read aloud.

import { all, el, find, focus, group, groups, html, member, members, part } from "./queue/dom";
import { extend, home, leave, readOn, tally, unfold } from "./queue/list";
import { lease, listen } from "./queue/live";
import { swipe } from "./queue/swipe";

const main = find("main.queue[data-keys]");
const flash = find("#flash");
if (main && flash) start(main, flash);

function start(main: HTMLElement, flash: HTMLElement) {
  document.documentElement.classList.add("js");
  const batches: string[] = []; // what was done on this page, to be undone in turn
  let busy = 0;
  const ticked = () => all<HTMLInputElement>(".g:not([hidden]) input[form=many]:checked");

  // The group that has the focus when these are gone: the next one below, else the last above.
  function heir(from: HTMLElement | null, before: HTMLElement[]) {
    const at = from ? before.indexOf(from) : 0, stays = (g: HTMLElement) => !g.hidden && !g.matches(".taken");
    return before.slice(Math.max(0, at)).find(stays) ?? before.slice(0, Math.max(0, at)).reverse().find(stays);
  }

  async function send(form: HTMLFormElement, by: HTMLElement | null, ...more: [string, string][]) {
    if (form.dataset.busy) return;
    const body = new URLSearchParams(new FormData(form, by) as any);
    for (const [name, value] of more) body.set(name, value);
    form.dataset.busy = "1";
    busy++;
    try {
      const answer = await fetch(form.action, { method: "POST", body, headers: { "Balasan-Fragment": "1", Accept: "text/html" }, redirect: "manual" });
      if (answer.type === "opaqueredirect") return location.reload(); // the session is over
      if (!answer.ok) throw answer.status;
      say(await answer.text(), form);
    } catch {
      flash.replaceChildren(el("p", "said fault", main.dataset.offline!));
    } finally {
      delete form.dataset.busy;
      busy--;
    }
  }

  function say(painted: string, form: HTMLFormElement) {
    const from = group(), row = member(), before = groups(), rows = from ? members(from) : [];
    html(flash, painted);
    const said = find(".said", flash), data = said?.dataset ?? {};
    const ids = (name: string) => (data[name] ?? "").split(" ").filter(Boolean);
    if (data.batch) batches.push(data.batch);
    if (data.undone) batches.splice(batches.lastIndexOf(data.undone) >>> 0, 1);
    if (said?.matches(".fault")) return;
    const gone = ids("gone");
    leave(gone, "left" in data ? "" : data.settled ?? "", data.batch ?? "");
    const back = home(ids("home"), data.undone ?? "");
    if (data.fresh) repaint(data.fresh);
    if ("left" in data && data.settled) refresh(data.settled);
    const panel = form.closest<HTMLElement>(".panel");
    if (panel) {
      sessionStorage.removeItem(draft(panel));
      panel.hidden = true;
      panel.replaceChildren();
    }
    ticks();
    find("#empty")!.hidden = groups().length > 0 || !!find("#list .next a");
    if (back) focus(back);
    else if (gone.length || data.settled) {
      const stays = from && !from.hidden && rows.slice(rows.indexOf(row!)).concat(rows).find((m) => !m.hidden);
      focus((row && stays) || heir(from, before) || said);
    } else if (panel) focus(panel.closest<HTMLElement>(".m, .g"));
    extend().then(() => { if (!group()) focus(groups()[0]); });
    poll();
  }

  // A group as it is now, in its place.
  async function refresh(id: string) {
    const painted = await part("/queue/groups/" + encodeURIComponent(id)), old = document.getElementById("g-" + id);
    if (painted === null || !old) return;
    const now = document.createElement("div"), had = old.contains(document.activeElement);
    html(now, painted);
    old.replaceWith(...now.children);
    if (had) focus(document.getElementById("g-" + id));
  }

  async function repaint(id: string) {
    const one = document.getElementById("m-" + id) ?? find(`.g[data-id="${CSS.escape(id)}"]`);
    if (one?.dataset.group) return refresh(id);
    const painted = one && await part(`/queue/comments/${id}?do=text`);
    if (painted) html(find(".text", one)!, painted);
  }

  // How many are ticked stands beside the buttons that settle them.
  function ticks() {
    const n = ticked().length, chosen = find("#chosen");
    if (!chosen) return;
    chosen.textContent = n ? chosen.dataset.some!.replace("%d", String(n)) : chosen.dataset.none!;
    chosen.parentElement!.classList.toggle("on", n > 0);
    const box = find<HTMLInputElement>("#all")!;
    box.checked = n > 0 && n === groups().length;
    box.indeterminate = n > 0 && !box.checked;
  }

  document.addEventListener("submit", (e) => {
    const form = e.target as HTMLFormElement;
    if (!form.matches("[data-live]")) return;
    e.preventDefault();
    if (form.id !== "many" || ticked().length) send(form, e.submitter);
  });
  document.addEventListener("change", (e) => {
    const box = e.target as HTMLInputElement;
    if (box.id === "all") for (const one of all<HTMLInputElement>(".g:not([hidden]) input[form=many]")) one.checked = box.checked;
    if (box.name === "left") {
      tally(box.closest<HTMLElement>(".g")!);
      if (box.checked) readOn(box.closest<HTMLElement>(".m")!);
    }
    if (box.type === "checkbox") ticks();
  });
  const whole = find(".many .all");
  if (whole) whole.hidden = false;

  // What a group is there for settles all of it, wherever in it the focus is: spam in a campaign,
  // approval in a strip. Anything else settles the member under the focus.
  function decide(to: string, at = member() ?? group() ?? groups()[0]) {
    if (ticked().length) return void find(`#many button.to-${to}`)?.click();
    const g = at?.closest<HTMLElement>(".g"), form = g && find<HTMLFormElement>("form.settle, form.decide", g);
    if (!form) return;
    const owned = find(`button.main.to-${to}`, form);
    if (at!.matches(".m") && !owned) return void send(form, null, ["one", `${to} ${at!.dataset.id}`]);
    find(`button.to-${to}:not(.one)`, form)?.click();
  }

  function step(by: number) {
    const list = groups(), g = group(), m = member();
    const inside = g && m ? members(g)[members(g).indexOf(m) + by] : null;
    const at = g ? list.indexOf(g) : -1;
    focus(inside ?? (at >= 0 ? list[at + by] : list[0]));
  }

  function open() {
    const m = member(), g = group();
    const text = m && find(".text.clamp", m);
    if (text) return void text.classList.toggle("open");
    if (g && !m && members(g).length) return focus(members(g)[0]);
    find<HTMLAnchorElement>("a.at", m ?? g ?? undefined)?.click();
  }

  function leaveOut() {
    const g = group() ?? groups()[0], m = member();
    if (g && members(g).length && !m) return focus(members(g)[0]);
    find<HTMLInputElement>(m ? "[name=left]" : "input[form=many]", m ?? g)?.click();
  }

  // A form or a story of one comment opens on its card.
  async function show(what: string, at = member() ?? group() ?? groups()[0]) {
    const one = at?.dataset.id ? at : at && members(at)[0];
    if (!one) return;
    const url = `/queue/comments/${one.dataset.id}` + (what === "sender" ? "/sender" : "?do=" + what);
    const painted = await part(url);
    if (painted === null) return void flash.replaceChildren(el("p", "said fault", main.dataset.offline!));
    if (what === "sender") {
      const drawer = find<HTMLDialogElement>("#drawer")!;
      html(find(".inside", drawer)!, painted);
      return drawer.showModal();
    }
    const panel = find(".panel", one)!;
    html(panel, painted);
    panel.hidden = false;
    const field = find<HTMLTextAreaElement>("textarea, input:not([type=hidden]), select", panel)!;
    const kept = sessionStorage.getItem(draft(panel));
    if (kept) field.value = kept;
    field.focus();
  }

  // What is being written survives whatever takes the page away, a sign-in above all.
  const draft = (panel: HTMLElement) => `balasan:${find<HTMLFormElement>("form", panel)?.getAttribute("action")}:${find<HTMLInputElement>("[name=id]", panel)?.value}`;
  addEventListener("pagehide", () => {
    for (const field of all<HTMLTextAreaElement>(".panel:not([hidden]) textarea"))
      if (field.value !== field.defaultValue) sessionStorage.setItem(draft(field.closest<HTMLElement>(".panel")!), field.value);
  });

  document.addEventListener("click", (e) => {
    const at = e.target as HTMLElement, does = at.closest<HTMLElement>("[data-do]");
    if (does && !e.ctrlKey && !e.metaKey && !e.shiftKey) return void (e.preventDefault(), show(does.dataset.do!, does.closest<HTMLElement>(".g")!));
    if (at.closest("#list .fold a") && !e.ctrlKey && !e.metaKey && !e.shiftKey) return void (e.preventDefault(), unfold(at.closest<HTMLElement>(".g")!));
    if (at.closest(".agree")) return void (e.preventDefault(), flash.replaceChildren(), focus(group() ?? groups()[0]));
    if (at.matches(".text.clamp")) at.classList.toggle("open");
  });

  function chips() {
    const list = all<HTMLAnchorElement>("a.chip", group() ?? groups()[0] ?? main), at = list.indexOf(document.activeElement as any);
    if (list.length === 1) list[0].click();
    else list[(at + 1) % list.length]?.focus();
  }

  // Takes back what was done last: on this page, else before it was opened. One after the other,
  // however fast the key is.
  let undoing = Promise.resolve();
  function undo() {
    const form = find<HTMLFormElement>("#undo"), last = form && find<HTMLInputElement>("[name=batch]", form);
    if (form && last) undoing = undoing.then(() => {
      last.value = batches.at(-1) ?? last.value;
      return last.value ? send(form, null).then(() => { last.value = ""; }) : undefined;
    });
  }

  let left: HTMLElement | null = null; // where the search was opened from
  const help = find<HTMLDialogElement>("#help")!;
  const go = (selector: string) => find(selector)?.click();
  const acts: Record<string, () => unknown> = {
    next: () => step(1), prev: () => step(-1), open, leave: leaveOut,
    approve: () => decide("approved"), spam: () => decide("spam"), trash: () => decide("trashed"),
    reply: () => show("reply"), edit: () => show("edit"), note: () => show("note"), ban: () => show("ban"), sender: () => show("sender"),
    why: () => { const why = find<HTMLDetailsElement>("details.why", group() ?? groups()[0] ?? main); if (why) why.open = !why.open; },
    rule: chips, undo, history: () => location.assign("/queue/history"),
    lane1: () => go(".tabs .campaign"), lane2: () => go(".tabs .doubt"), lane3: () => go(".tabs .good"),
    search: () => { left = member() ?? group(); find("#search")!.focus(); },
    fresh: () => go("#fresh"), help: () => help.showModal(),
  };
  const keys = new Map(main.dataset.keys!.split(" ").map((k) => k.split("=").reverse() as [string, string]));
  document.addEventListener("keydown", (e) => {
    const at = e.target as HTMLElement;
    if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing || find("dialog[open]")) return;
    if (e.code === "Escape") {
      const panel = at.closest<HTMLElement>(".panel");
      if (panel) (panel.hidden = true), panel.replaceChildren();
      focus(panel?.closest<HTMLElement>(".m, .g") ?? group() ?? left ?? groups()[0]);
      return;
    }
    if (at.matches("textarea, select, input:not([type=checkbox])")) return;
    if (e.code === "Enter" && !at.matches(".g, .m")) return; // links and buttons keep theirs
    const act = keys.get((e.shiftKey ? "Shift+" : "") + e.code);
    if (!act || e.repeat && act !== "next" && act !== "prev") return;
    e.preventDefault();
    acts[act]();
  });
  const button = find("#keys")!;
  button.hidden = false;
  button.addEventListener("click", () => help.showModal());

  if (find("#undo")) lease();
  swipe(find("#list")!, decide);
  const poll = listen(main, () => busy > 0);
  focus(groups()[0], true);
  extend();
}
