// The queue under the keyboard. Every act is a form of the page: this script sends it without
// leaving the page and puts what the server says about it where it is read aloud.

const policy = (window as any).trustedTypes?.createPolicy("balasan", { createHTML: (s: string) => s });
const find = <T extends HTMLElement>(selector: string, root: ParentNode = document) => root.querySelector<T>(selector);
const all = <T extends HTMLElement>(selector: string) => [...document.querySelectorAll<T>(selector)];

const main = find("main.queue[data-mark]");
const flash = find("#flash");
if (main && flash) start(main, flash);

function start(main: HTMLElement, flash: HTMLElement) {
  const batches: string[] = []; // what was done on this page, to be undone in turn
  const cards = () => all<HTMLElement>(".card:not([hidden])");
  const current = () => (document.activeElement?.closest(".card:not([hidden])") as HTMLElement | null);
  const ticked = () => all<HTMLInputElement>(".card:not([hidden]) input[form=many]:checked");

  // The card that keeps the focus when these are gone: the next one below, else the last above.
  function heir(leaving: Set<string>, from: HTMLElement | null) {
    const list = cards();
    const at = Math.max(0, from ? list.indexOf(from) : list.findIndex((c) => leaving.has(c.dataset.id!)));
    const stays = (c: HTMLElement) => !leaving.has(c.dataset.id!);
    return list.slice(at).find(stays) ?? list.slice(0, at).reverse().find(stays);
  }

  function focus(card?: HTMLElement | null) {
    card?.focus({ preventScroll: true });
    card?.scrollIntoView({ block: "nearest", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  }

  async function send(form: HTMLFormElement, by: HTMLElement | null) {
    if (form.dataset.busy) return;
    form.dataset.busy = "1";
    const body = new URLSearchParams(new FormData(form, by) as any);
    try {
      const answer = await fetch(form.action, { method: "POST", body, headers: { "Balasan-Fragment": "1", Accept: "text/html" }, redirect: "manual" });
      if (answer.type === "opaqueredirect") return location.reload(); // the session is over
      if (!answer.ok) throw answer.status;
      say(await answer.text(), form);
    } catch {
      flash.replaceChildren(Object.assign(document.createElement("p"), { className: "said fault", textContent: main.dataset.offline }));
    } finally {
      delete form.dataset.busy;
    }
  }

  function say(html: string, form: HTMLFormElement) {
    const from = current();
    flash.innerHTML = policy ? policy.createHTML(html) : html;
    const said = find(".said", flash);
    const ids = (name: string) => new Set((said?.dataset[name] ?? "").split(" ").filter(Boolean));
    const gone = ids("gone"), home = ids("home");
    if (said?.dataset.batch) batches.push(said.dataset.batch);
    if (home.size) batches.splice(batches.lastIndexOf(new FormData(form).get("batch") as string) >>> 0, 1);
    const next = gone.size ? heir(gone, from) : null;
    for (const id of gone) hide(id, true);
    let back: HTMLElement | null = null;
    for (const id of home) back = hide(id, false) ?? back;
    count();
    find("#empty")!.hidden = cards().length > 0;
    if (gone.size || back) focus(back ?? next ?? find("#flash .said"));
    poll();
  }

  function hide(id: string, hidden: boolean) {
    const card = document.getElementById("c-" + id);
    if (!card) return null;
    card.hidden = hidden;
    const box = find<HTMLInputElement>("input[form=many]", card);
    if (box) (box.checked = false), (box.disabled = hidden);
    for (const open of card.querySelectorAll("details[open]")) open.removeAttribute("open");
    return card;
  }

  // How many are ticked stands beside the buttons that settle them.
  function count() {
    const n = ticked().length, chosen = find("#chosen");
    if (!chosen) return;
    chosen.textContent = n ? chosen.dataset.some!.replace("%d", String(n)) : chosen.dataset.none!;
    chosen.parentElement!.classList.toggle("on", n > 0);
    const box = find<HTMLInputElement>("#all")!;
    box.checked = n > 0 && n === cards().length;
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
    if (box.id === "all") for (const one of all<HTMLInputElement>(".card:not([hidden]) input[form=many]")) one.checked = box.checked;
    if (box.type === "checkbox") count();
  });
  const whole = find(".many .all");
  if (whole) whole.hidden = false;

  // A key presses a button of the page; with ticked cards, the one that settles them all.
  function press(to: string) {
    const card = current() ?? cards()[0];
    const root = ticked().length ? find("#many")! : card;
    root && find<HTMLButtonElement>(`button.to-${to}`, root)?.click();
  }

  function step(by: number) {
    const list = cards(), card = current();
    focus(card ? list[list.indexOf(card) + by] : list[0]);
  }

  function unfold(part: string, field?: string) {
    const details = find<HTMLDetailsElement>(`details.${part}`, current() ?? cards()[0] ?? main);
    if (!details) return;
    details.open = !details.open || !!field;
    if (field) find(field, details)?.focus();
  }

  // Takes back what was done last: on this page, else before it was opened.
  function undo() {
    const form = find<HTMLFormElement>("#undo");
    const batch = batches.at(-1) ?? find<HTMLInputElement>("#flash [name=batch], #last [name=batch]")?.value;
    if (!form || !batch) return;
    find<HTMLInputElement>("[name=batch]", form)!.value = batch;
    form.requestSubmit();
  }

  let left: HTMLElement | null = null; // the card that the search was opened from
  const help = find<HTMLDialogElement>("#help")!;
  const keys: Record<string, () => void> = {
    KeyJ: () => step(1),
    KeyK: () => step(-1),
    KeyA: () => press("approved"),
    KeyS: () => press("spam"),
    KeyD: () => press("trashed"),
    KeyR: () => unfold("reply", "textarea"),
    KeyN: () => unfold("note", "input"),
    KeyW: () => unfold("why"),
    KeyX: () => find<HTMLInputElement>("input[form=many]", current() ?? main)?.click(),
    KeyZ: undo,
    "Shift+KeyZ": () => { const last = find<HTMLDetailsElement>("#last"); if (last) (last.open = true), find("summary", last)!.focus(); },
    Enter: () => find<HTMLAnchorElement>("a.at", current() ?? undefined)?.click(),
    Slash: () => { left = current(); find("#search")!.focus(); },
    "Shift+Slash": () => help.showModal(),
    Period: () => { const fresh = find("#fresh")!; if (!fresh.hidden) fresh.click(); },
  };
  document.addEventListener("keydown", (e) => {
    const at = e.target as HTMLElement;
    if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing || help.open) return;
    if (at.matches("textarea, select, input:not([type=checkbox])")) {
      if (e.code === "Escape") (at.blur(), focus(at.closest<HTMLElement>(".card") ?? left ?? cards()[0]));
      return;
    }
    if (e.code === "Enter" && !at.matches(".card")) return; // links and buttons keep theirs
    const act = keys[(e.shiftKey ? "Shift+" : "") + e.code];
    if (!act || e.repeat && !/Key[JK]/.test(e.code)) return;
    e.preventDefault();
    act();
  });
  const open = find("#keys")!;
  open.hidden = false;
  open.addEventListener("click", () => help.showModal());

  // The counter asks again while somebody looks. The list stays as it is.
  async function poll() {
    if (document.hidden) return;
    const asked = new URLSearchParams({ mark: main.dataset.mark!, site: main.dataset.site!, page: main.dataset.page! });
    const answer = await fetch("/v1/editor/pending?" + asked).catch(() => null);
    if (answer?.status === 401) return location.reload();
    if (!answer?.ok) return;
    const { count, newer } = await answer.json();
    find("#count")!.textContent = count;
    const fresh = find("#fresh")!;
    const text = newer && main.dataset.state === "pending" ? main.dataset.new!.replace("%d", newer) : "";
    if (fresh.textContent !== text) fresh.textContent = text;
    fresh.hidden = !text;
  }
  setInterval(poll, 10_000);
  document.addEventListener("visibilitychange", poll);
  poll();
  focus(cards()[0]);
}
