// The record at the chair: how much is placed, how long is still to watch, and that nothing typed is lost. Visits of one
// arrival stand on one page, each in a form of its own.
for (const form of document.querySelectorAll("[data-record]")) watch(form);

function watch(form) {
  // --- How much of what was drawn up is placed ---------------------------------------------------------------------
  const placed = form.querySelector("[data-placed]");
  const volumes = () => {
    const zones = [...form.querySelectorAll('input[name^="ml-"]')].map((field) => Number(field.value) || 0);
    const points = JSON.parse(form.querySelector("[data-points]")?.value || "[]").map((point) => Number(point.ml) || 0);
    return [...zones, ...points].reduce((sum, ml) => sum + ml, 0);
  };
  const weigh = () => {
    if (!placed) return;
    const ml = Math.round(volumes() * 1000) / 1000;
    placed.hidden = !ml;
    placed.querySelector("meter").value = ml;
    placed.querySelector("output").textContent = String(ml);
  };
  // A zone with a volume, and one with a point, was treated.
  const tickTreated = (event) => {
    const named = event.target.name?.startsWith("ml-") && event.target.value ? [event.target.name.slice(3)] : [];
    const drawn = event.target.matches("[data-points]") ? JSON.parse(event.target.value || "[]").map((point) => point.area) : [];
    for (const area of [...named, ...drawn]) {
      const box = form.querySelector(`input[name="areas"][value="${CSS.escape(area)}"]`);
      if (box) box.checked = true;
    }
  };

  // --- Watching after the last injection, by the clock of the clinic -------------------------------------------------
  const opened = performance.now();
  const clinicNow = () => new Date(new Date(`${form.dataset.now}Z`).getTime() + performance.now() - opened);
  const since = form.querySelector('[name="watched_from"]');
  const left = form.querySelector("[data-watch-left]");
  const countDown = () => {
    if (!left || !since.value) return;
    const seconds = Math.round((new Date(`${since.value}Z`).getTime() - clinicNow().getTime()) / 1000 + 60 * Number(form.dataset.watch));
    left.textContent = seconds > 0 ? `◔ ${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}` : "✓";
  };

  // --- Nothing typed is lost ---------------------------------------------------------------------------------------
  const kept = form.querySelector("[data-kept]");
  let unsent = false;
  let leaving = false;
  const lost = () => {
    unsent = true;
    kept.querySelector(".kept-line")?.replaceChildren(kept.dataset.unsent);
  };

  form.addEventListener("change", (event) => { tickTreated(event); weigh(); countDown(); });
  form.addEventListener("input", () => { unsent = true; weigh(); });
  form.addEventListener("submit", () => { leaving = true; });
  kept?.addEventListener("htmx:sendError", lost);
  kept?.addEventListener("htmx:responseError", lost);
  kept?.addEventListener("htmx:afterOnLoad", (event) => { if (event.detail.successful) unsent = false; });
  if (kept) window.addEventListener("online", () => htmx.trigger(kept, "keep"));
  window.addEventListener("beforeunload", (event) => { if (unsent && !leaving) event.preventDefault(); });
  const button = form.querySelector("[data-watch-now]");
  if (button) {
    button.hidden = false;
    button.addEventListener("click", () => {
      since.value = clinicNow().toISOString().slice(0, 16);
      since.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
  setInterval(countDown, 1000);
  weigh();
  countDown();
}
