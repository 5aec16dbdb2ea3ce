// What every page needs: toasts, the side panel, error summaries, printing. No page depends on it to work.
const toasts = document.getElementById("toasts");
const ICONS = { ok: "check-circle-fill", info: "info-circle-fill", warn: "exclamation-triangle-fill", bad: "exclamation-octagon-fill" };
const SHOWN_FOR = 7000;

// A live region speaks only what is added to it, so toasts that came with the page are taken out and put back.
const announce = (toast) => {
  toast.remove();
  setTimeout(() => { toasts.append(toast); expire(toast); }, 150);
};

// Problems and things that can be undone stay until they are closed; nothing vanishes under the pointer or focus.
const expire = (toast) => {
  if (toast.dataset.tone === "bad" || toast.querySelector("[data-undo]")) return;
  setTimeout(() => {
    if (toast.matches(":hover, :focus-within")) expire(toast);
    else toast.remove();
  }, SHOWN_FOR);
};

const showToast = ({ message, tone = "ok", undo = "" }) => {
  const toast = document.getElementById("toast-template").content.firstElementChild.cloneNode(true);
  toast.dataset.tone = tone;
  toast.querySelector(".bi").className = `bi bi-${ICONS[tone] ?? ICONS.info}`;
  toast.querySelector(".toast-text").textContent = message;
  const form = toast.querySelector("[data-undo]");
  if (undo) form.action = undo;
  else form.remove();
  announce(toast);
};

toasts?.querySelectorAll("[data-toast]").forEach(announce);
document.body.addEventListener("toast", (event) => showToast(event.detail));
// 401: the session is locked, and the answer says so. What the page asks by itself is then silent: it would say so every second.
document.body.addEventListener("htmx:responseError", (event) => {
  const { xhr, requestConfig } = event.detail;
  if (xhr.status === 401 && requestConfig.headers["X-Background"]) return;
  showToast({ message: xhr.status === 401 ? xhr.responseText : document.body.dataset.failed, tone: "bad" });
});
document.body.addEventListener("htmx:sendError", () => {
  showToast({ message: document.body.dataset.offline, tone: "bad" });
});

// The side panel: focus goes in when something lands there and back when it closes.
const panel = document.getElementById("panel");
let cameFrom = null;
const closePanel = () => {
  if (!panel?.firstElementChild) return;
  panel.replaceChildren();
  panel.dispatchEvent(new CustomEvent("panel:closed", { bubbles: true }));
  cameFrom?.isConnected && cameFrom.focus();
};
document.body.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.target === panel && !panel.contains(document.activeElement)) cameFrom = document.activeElement;
});
document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target === panel) panel.querySelector("h2, [autofocus]")?.focus();
  event.detail.target.querySelector?.("[data-error-summary]")?.focus();
});
document.addEventListener("keydown", (event) => { if (event.key === "Escape") closePanel(); });

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-toast-close]")) event.target.closest("[data-toast]").remove();
  if (event.target.closest("[data-panel-close]")) closePanel();
  if (event.target.closest("[data-print]")) window.print();
});

// A part of a form that follows the choices made (data-follows) is replaced while somebody goes on filling it in. What
// they changed since it was asked for is carried over; hx-sync lets only the last question be answered.
const fieldsOf = (part) => [...(part?.querySelectorAll("input, select, textarea") ?? [])].filter((field) => field.name && field.type !== "hidden");
const ticked = (field) => field.type === "checkbox" || field.type === "radio";
const keyOf = (field) => (ticked(field) ? `${field.name}=${field.value}` : field.name);
const stateOf = (field) => (ticked(field) ? field.checked : field.value);
const follows = (event) => event.detail.target?.matches?.("[data-follows]");
let asked = new Map();
let since = new Map();
document.body.addEventListener("htmx:beforeRequest", (event) => {
  if (follows(event)) asked = new Map(fieldsOf(event.detail.target).map((field) => [keyOf(field), stateOf(field)]));
});
document.body.addEventListener("htmx:beforeSwap", (event) => {
  if (!follows(event)) return;
  const changed = fieldsOf(event.detail.target).filter((field) => asked.get(keyOf(field)) !== stateOf(field));
  since = new Map(changed.map((field) => [keyOf(field), stateOf(field)]));
});
document.body.addEventListener("htmx:afterSwap", (event) => {
  if (!follows(event)) return;
  for (const field of fieldsOf(document.getElementById(event.detail.target.id))) {
    if (since.has(keyOf(field))) field[ticked(field) ? "checked" : "value"] = since.get(keyOf(field));
  }
});

// A form is sent once. Links in an error summary put the focus into the field, not only the page to it.
document.addEventListener("submit", (event) => {
  if (event.target.dataset.sent) event.preventDefault();
  else if (event.target.method === "post" && !event.target.matches("[hx-post], [hx-put], [hx-patch], [hx-delete]")) {
    event.target.dataset.sent = "1";
    setTimeout(() => delete event.target.dataset.sent, 4000); // a download leaves the page standing
  }
});
window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-error-summary] a");
  const field = link && document.getElementById(link.hash.slice(1));
  if (!field) return;
  event.preventDefault();
  const input = field.matches("input, select, textarea") ? field : field.querySelector("input, select, textarea") ?? field;
  field.scrollIntoView({ block: "center" });
  input.focus({ preventScroll: true });
});
document.querySelector("[data-error-summary]")?.focus();
