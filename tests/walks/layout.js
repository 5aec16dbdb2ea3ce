// What is wrong with how this page stands in its window, as sentences. `phone`: fingers press here.
(phone) => {
  const found = [];
  const name = (part) => `${part.tagName.toLowerCase()} "${(part.innerText || part.getAttribute('aria-label') || part.name || '').trim().replace(/\s+/g, ' ').slice(0, 50)}"`;
  const seen = (part) => part.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && part.getBoundingClientRect().width > 1;
  const up = (part, test) => { for (let at = part; at && at !== document.documentElement; at = at.parentElement) if (test(at)) return at; return null; };
  const scrolls = (part) => up(part.parentElement, (at) => /auto|scroll/.test(getComputedStyle(at).overflowX) && at.scrollWidth > at.clientWidth);
  const bar = (part) => up(part, (at) => /fixed|sticky/.test(getComputedStyle(at).position) && !at.matches('.toasts')); // these go by themselves

  const wide = document.scrollingElement.scrollWidth - innerWidth;
  if (wide > 0) {
    const widest = [...document.body.querySelectorAll('*')].filter((part) => seen(part) && part.getBoundingClientRect().right > innerWidth + 1 && !scrolls(part)).pop();
    found.push(`${wide} pixels too wide${widest ? `: ${name(widest)} .${widest.className}` : ''}`);
  }

  for (const button of document.querySelectorAll('button, a.btn, [role="button"], summary')) {
    if (!seen(button) || button.closest('.visually-hidden, .ec')) continue;
    const box = button.getBoundingClientRect();
    if (button.scrollWidth > button.clientWidth + 1 && getComputedStyle(button).display !== 'inline') found.push(`cut: ${name(button)} needs ${button.scrollWidth} of ${button.clientWidth} pixels`);
    if (!scrolls(button) && (box.left < -1 || box.right > innerWidth + 1)) found.push(`cut by the window: ${name(button)}`);
  }

  if (phone) {
    for (const target of document.querySelectorAll('button, a.btn, select, .nav-item-link, input:not([type="hidden"], [type="radio"], [type="checkbox"]), summary')) {
      const box = target.getBoundingClientRect();
      if (seen(target) && !target.closest('.visually-hidden, .ec') && !target.disabled && box.height < 43.5) found.push(`small: ${name(target)} .${target.className} is ${Math.round(box.height)} pixels high`);
    }
  }

  const before = document.activeElement, at = scrollY;
  const fields = [...document.querySelectorAll('input:not([type="hidden"]), select, textarea')].filter((field) => seen(field) && !field.disabled && !bar(field));
  for (const order of [fields, [...fields].reverse()]) {
    for (const field of order) {
      field.focus();
      const box = field.getBoundingClientRect();
      const x = Math.min(Math.max(box.left + box.width / 2, 1), innerWidth - 1);
      for (const y of [box.top + 2, box.bottom - 2]) {
        if (y < 0 || y > innerHeight) continue;
        const above = document.elementFromPoint(x, y), cover = above && bar(above);
        if (cover && !cover.contains(field)) found.push(`under a bar while focused: ${name(field)} ${field.name} under .${cover.className}`);
      }
    }
  }
  document.activeElement?.blur();
  before?.focus?.({ preventScroll: true });
  scrollTo(0, at);
  return [...new Set(found)];
}
