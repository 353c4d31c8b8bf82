// The embed: <balasan-thread site page? lang? order? isolate?> shows a page's thread and form,
// <balasan-count site page? lang?> its number. The server sends the markup; this upgrades it.

const base = new URL('..', import.meta.url).href;
const css = base + 'embed/' + import.meta.url.split('/').pop()!.replace(/\.js.*/, '.css');

type Problem = { code: string; detail: string; fields?: { field: string; detail: string }[]; challenge?: Challenge; consent?: Consent };
type Challenge = { token: string; image: string; audio: string; expires_at: string; form?: string; traps?: string[]; consent?: Consent };
type Consent = { hash: string; required: boolean; html: string };

const policy = (globalThis as any).trustedTypes?.createPolicy('balasan', { createHTML: (s: string) => s });

/** identity is the page that an element belongs to: explicit, canonical, or its address. */
const identity = (e: HTMLElement) => {
  const page = e.getAttribute('page');
  if (page && !page.startsWith('/')) return page;
  const canonical = document.querySelector<HTMLLinkElement>('link[rel=canonical]');
  const url = new URL(page || canonical?.href || location.href, location.href);
  url.hash = '';
  if (page) url.search = '';
  return url.href;
};

const style = (root: Document | ShadowRoot) => {
  if (root.querySelector(`link[href="${css}"]`)) return;
  const link = document.createElement('link');
  link.rel = 'stylesheet';
  link.href = css;
  (root instanceof Document ? root.head : root).append(link);
};

class Thread extends HTMLElement {
  root: HTMLElement | ShadowRoot = this;
  form!: HTMLFormElement;
  renewal = 0; // of the challenge, or of a load that failed
  pause = 0; // until sending is allowed again
  begun = false;

  connectedCallback() {
    if (this.form !== undefined) return; // moved within its page
    if (this.hasAttribute('isolate')) this.root = this.shadowRoot || this.attachShadow({ mode: 'open' });
    style(this.root instanceof ShadowRoot ? this.root : document);
    if (this.$('.balasan')) return this.upgrade();
    const near = new IntersectionObserver((seen) => {
      if (!seen.some((s) => s.isIntersecting)) return;
      near.disconnect();
      this.load();
    }, { rootMargin: '600px' });
    if (location.hash.startsWith('#balasan')) this.load(); else near.observe(this);
  }

  disconnectedCallback() { clearTimeout(this.renewal); clearTimeout(this.pause); }

  $<E extends HTMLElement>(selector: string) { return this.root.querySelector<E>(selector); }

  async load() {
    const query = new URLSearchParams({ page: identity(this) });
    const lang = [this.getAttribute('lang'), document.documentElement.lang].map((l) => l?.slice(0, 2).toLowerCase()).find((l) => /id|en/.test(l!));
    if (lang) query.set('lang', lang);
    if (this.getAttribute('order') == 'newest') query.set('order', 'newest');
    const answer = await fetch(`${base}sites/${this.getAttribute('site')}/threads?${query}`, { cache: 'no-cache' }).catch(() => null);
    if (answer?.status == 404) return console.error(`balasan: ${base} knows no site “${this.getAttribute('site')}”`);
    if (!answer?.ok) {
      this.away(lang || 'id');
      this.renewal = setTimeout(() => this.load(), 15e3);
      return;
    }
    this.$('.balasan-away')?.remove();
    this.root.append(this.parse(await answer.text()));
    this.upgrade();
    const target = location.hash.startsWith('#balasan-') && this.$(`[id="${CSS.escape(location.hash.slice(1))}"]:not([hidden])`);
    if (target) { target.scrollIntoView(); target.focus(); }
  }

  /** away says so while the thread cannot be read; the words of the server are not here yet. */
  away(lang: string) {
    if (this.$('.balasan-away')) return;
    const note = Object.assign(document.createElement('p'), { className: 'balasan-away', role: 'status', lang });
    this.root.append(note);
    note.textContent = lang == 'en' ? 'The comments cannot be loaded now. Trying again shortly.' : 'Komentar belum dapat dimuat. Sebentar lagi dicoba lagi.';
  }

  parse(html: string) {
    const t = document.createElement('template');
    t.innerHTML = policy ? policy.createHTML(html) : html;
    for (const a of t.content.querySelectorAll('.balasan-more, .balasan-reply')) a.setAttribute('href', new URL(a.getAttribute('href')!, base).href);
    return t.content;
  }

  get draft() { return `balasan:${this.getAttribute('site')}:${identity(this)}`; }

  field(name: string) { return this.form.elements.namedItem(name) as HTMLInputElement; }

  upgrade() {
    this.root.addEventListener('click', (e) => this.click(e as MouseEvent));
    this.form = this.$<HTMLFormElement>('form')!;
    if (!this.form) return;
    try {
      const kept = JSON.parse(localStorage.getItem(this.draft) || '{}');
      for (const name in kept) if (this.field(name) && !this.field(name).value) this.field(name).value = kept[name];
    } catch {}
    this.form.addEventListener('focusin', () => this.begun || this.open());
    this.form.addEventListener('submit', (e) => { e.preventDefault(); this.send((e as SubmitEvent).submitter as HTMLButtonElement); });
    this.form.addEventListener('input', (e) => {
      (e.target as HTMLElement).removeAttribute('aria-invalid');
      if (!/answer|consent/.test((e.target as HTMLInputElement).name)) this.field('key').value = '';
      this.keep();
    });
  }

  keep() {
    this.save(JSON.stringify(Object.fromEntries(['body', 'name', 'email', 'website', 'parent'].map((n) => [n, this.field(n).value]))));
  }

  save(text: string) {
    try { text ? localStorage.setItem(this.draft, text) : localStorage.removeItem(this.draft); } catch {}
  }

  click(e: MouseEvent) {
    const at = e.target as HTMLElement;
    const reply = at.closest<HTMLElement>('.balasan-reply');
    const more = at.closest<HTMLAnchorElement>('.balasan-more');
    if (reply && this.form) { e.preventDefault(); this.reply(reply.closest<HTMLElement>('article')!); }
    if (more) { e.preventDefault(); this.more(more); }
    if (at.matches('.balasan-cancel')) this.reply();
    if (at.matches('.balasan-listen')) new Audio(at.dataset.src).play().catch(() => {});
  }

  reply(to?: HTMLElement) {
    const title = this.$('.balasan-title')!;
    title.dataset.plain ??= title.textContent!;
    const name = to?.querySelector('.balasan-name')?.textContent;
    title.textContent = to ? this.form.dataset.reply!.replace('%s', name!) : title.dataset.plain;
    this.field('parent').value = to ? to.id.slice(8) : '';
    this.field('key').value = '';
    this.$('.balasan-cancel')!.hidden = !to;
    to ? to.after(this.form) : this.$('.balasan')!.append(this.form);
    this.field('body').focus();
    this.keep();
  }

  async more(link: HTMLAnchorElement) {
    const answer = await fetch(link.href, { cache: 'no-cache' }).catch(() => null);
    if (!answer?.ok) return;
    const page = this.parse(await answer.text());
    const first = page.querySelector<HTMLElement>('.balasan-at');
    link.replaceWith(page);
    first?.focus();
  }

  post(path: string, body: URLSearchParams) {
    const lang = this.$('.balasan')!.lang;
    return fetch(`${base}v1/sites/${this.getAttribute('site')}/${path}?lang=${lang}`, { method: 'POST', body });
  }

  /** open asks for a challenge, on the first focus, on “new picture” and before it runs out. */
  async open() {
    this.begun = true;
    const answer = await this.post('challenges', new URLSearchParams({ page: this.field('page').value })).catch(() => null);
    if (answer?.ok) this.show(await answer.json());
    else {
      this.begun = false;
      this.say(answer ? (await answer.json().catch(() => ({}))).detail : this.form.dataset.offline);
    }
  }

  show(c: Challenge) {
    this.say();
    this.field('challenge').value = c.token;
    this.field('answer').value = '';
    this.$<HTMLImageElement>('.balasan-picture')!.src = c.image;
    this.$('.balasan-listen')!.dataset.src = `${c.audio}?lang=${this.$('.balasan')!.lang}`;
    this.$('.balasan-challenge')!.hidden = false;
    if (c.form) {
      this.agree(c.consent);
      this.field('form').value ||= c.form;
      this.$('p.balasan-off')!.replaceChildren(...c.traps!.map((name) => Object.assign(document.createElement('input'), { name, tabIndex: -1, autocomplete: 'off' })));
    }
    clearTimeout(this.renewal);
    const renew = () => {
      if (this.field('answer').value) this.renewal = setTimeout(renew, 5e3);
      else this.open();
    };
    this.renewal = setTimeout(renew, Math.max(Date.parse(c.expires_at) - Date.now() - 20e3, 5e3));
  }

  /** agree shows what must be agreed to now, unless it stands there already. */
  agree(c?: Consent) {
    const old = this.$('.balasan-consent'), was = old?.querySelector('input');
    if (c?.hash == was?.value && c?.required == (was && was.type == 'checkbox')) return;
    old?.remove();
    if (c) this.$('.balasan-challenge')!.before(this.parse(c.html));
  }

  say(text = '') { this.$('.balasan-status')!.textContent = text; }

  async send(by?: HTMLButtonElement) {
    if (by?.value == 'new') return this.open();
    const button = this.$<HTMLButtonElement>('.balasan-send')!;
    if (button.disabled) return;
    this.field('key').value ||= crypto.randomUUID?.() || Date.now() + '-' + Math.random();
    const body = new URLSearchParams(new FormData(this.form) as any);
    if (by?.value == 'unsolved') body.set('unsolved', '1');
    body.set('page_title', document.title.slice(0, 300));
    button.disabled = true;
    this.say(this.form.dataset.sending);
    const answer = await this.post('comments', body).catch(() => null);
    const told = await answer?.json().catch(() => null);
    button.disabled = false;
    this.say();
    if (answer?.ok) this.sent(told);
    else if (told?.code) this.fault(told, answer!);
    else this.say(this.form.dataset.offline);
  }

  sent(receipt: unknown) {
    this.save('');
    for (const name of ['body', 'key', 'form', 'answer', 'challenge']) this.field(name).value = '';
    this.mark([]);
    if (this.field('consent')) this.field('consent').checked = false;
    if (this.field('parent').value) this.reply();
    this.begun = false;
    clearTimeout(this.renewal);
    this.$('.balasan-challenge')!.hidden = true;
    const note = this.$('.balasan-sent')!;
    this.form.before(note);
    note.hidden = false;
    note.focus();
    this.dispatchEvent(new CustomEvent('balasan:sent', { bubbles: true, composed: true, detail: receipt }));
  }

  fault(p: Problem, answer: Response) {
    const faults = p.fields || [];
    if (p.challenge) { this.show(p.challenge); faults.push({ field: 'answer', detail: p.detail }); }
    if (p.consent) this.agree(p.consent);
    if (p.code == 'key_reused') this.field('key').value = '';
    this.mark(faults, p.detail);
    const after = +(answer.headers.get('Retry-After') || 0);
    if (after) this.wait(after);
    this.dispatchEvent(new CustomEvent('balasan:problem', { bubbles: true, composed: true, detail: p }));
  }

  /** wait closes the button and counts on it. Beginning and end are said aloud, the seconds between are not. */
  wait(seconds: number) {
    const button = this.$<HTMLButtonElement>('.balasan-send')!, { retry, ready } = this.form.dataset;
    const words = (n: number) => {
      const [value, unit] = n > 90 ? [Math.ceil(n / 60), 'minute'] : [n, 'second'];
      return new Intl.NumberFormat(this.$('.balasan')!.lang, { style: 'unit', unit, unitDisplay: 'long' }).format(value);
    };
    const end = Date.now() + seconds * 1e3, label = button.dataset.label ||= button.textContent!;
    const tick = () => {
      const left = Math.ceil((end - Date.now()) / 1e3);
      button.disabled = left > 0;
      button.textContent = left > 0 ? `${label} · ${words(left)}` : label;
      if (left > 0) this.pause = setTimeout(tick, 1e3);
      else this.say(ready);
    };
    clearTimeout(this.pause);
    this.say(retry!.replace('%s', words(seconds)));
    tick();
  }

  mark(faults: { field: string; detail: string }[], notice = '') {
    const box = this.$('.balasan-faults')!;
    box.hidden = !notice;
    box.firstElementChild!.textContent = notice;
    for (const bad of this.form.querySelectorAll('[aria-invalid]')) bad.removeAttribute('aria-invalid');
    for (const e of this.form.querySelectorAll('.balasan-fault')) e.textContent = '';
    let first: HTMLElement | undefined;
    for (const f of faults) {
      const input = this.$('#balasan-f-' + f.field)!, beside = this.$('#balasan-e-' + f.field);
      if (!beside) continue;
      beside.textContent = f.detail;
      input.setAttribute('aria-invalid', 'true');
      input.setAttribute('aria-describedby', beside.id);
      first ??= input;
    }
    if (notice) (first || box).focus();
  }
}

/** Counts of one site are asked for in one request. */
const waiting = new Map<string, HTMLElement[]>();

class Count extends HTMLElement {
  connectedCallback() {
    const site = this.getAttribute('site')!;
    if (!waiting.size) setTimeout(ask);
    waiting.set(site, [...(waiting.get(site) || []), this]);
  }
}

const ask = () => {
  for (const [site, elements] of waiting) {
    for (let i = 0; i < elements.length; i += 50) {
      const some = elements.slice(i, i + 50);
      const query = new URLSearchParams(some.map((e) => ['page', identity(e)]));
      fetch(`${base}v1/sites/${site}/counts?${query}`).then((r) => r.json()).then((a) => {
        some.forEach((e, n) => { e.textContent = a.counts[n]; });
      }).catch(() => {});
    }
  }
  waiting.clear();
};

customElements.get('balasan-thread') || customElements.define('balasan-thread', Thread);
customElements.get('balasan-count') || customElements.define('balasan-count', Count);
