// A finger to the right approves, to the left marks as spam. Up and down scrolls as ever.

export function swipe(list: HTMLElement, decide: (to: string, at: HTMLElement) => void) {
  let from: PointerEvent | null = null, card: HTMLElement | null = null, moving = false;
  const reset = () => {
    if (card) (card.style.transform = ""), card.removeAttribute("data-swipe");
    from = card = null;
    moving = false;
  };
  list.addEventListener("pointerdown", (e) => {
    if (e.pointerType !== "touch" || !e.isPrimary) return;
    card = (e.target as HTMLElement).closest<HTMLElement>(".m, .g");
    from = card && !(e.target as HTMLElement).closest("button, a, input, textarea, select, summary, .panel") ? e : null;
  });
  list.addEventListener("pointermove", (e) => {
    if (!from || !card || e.pointerId !== from.pointerId) return;
    const dx = e.clientX - from.clientX, dy = e.clientY - from.clientY;
    if (!moving && Math.abs(dx) > 14 && Math.abs(dx) > 2 * Math.abs(dy)) (moving = true), card.setPointerCapture(e.pointerId);
    if (!moving) return;
    card.style.transform = `translateX(${dx}px)`;
    card.dataset.swipe = Math.abs(dx) < far(card) ? "" : dx > 0 ? "approved" : "spam";
  });
  list.addEventListener("pointerup", () => {
    const at = card, to = card?.dataset.swipe;
    reset();
    if (at && to) decide(to, at);
  });
  list.addEventListener("pointercancel", reset);
}

const far = (card: HTMLElement) => Math.min(120, card.clientWidth / 3);
