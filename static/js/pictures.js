// The drawings come alive: sentences on hover and focus, the body chart as a second handle on its list of boxes.

// --- Sentences -------------------------------------------------------------------------------------------------
const tip = Object.assign(document.createElement("div"), { className: "picture-tip", hidden: true });
tip.setAttribute("aria-hidden", "true"); // the same words are the mark's accessible name
document.body.append(tip);

const placeTip = (mark) => {
  const box = (mark.querySelector(".tl-glyph, circle") ?? mark).getBoundingClientRect();
  const { width, height } = tip.getBoundingClientRect();
  const left = Math.min(Math.max(box.left + box.width / 2 - width / 2, 8), window.innerWidth - width - 8);
  const above = box.top - height - 34;
  tip.style.left = `${left}px`;
  tip.style.top = `${above > 8 ? above : box.bottom + 30}px`;
};
let shown = null;
const hideTip = () => { shown = null; tip.hidden = true; };
// What the keyboard chose wins over where the pointer happens to rest while the page scrolls.
const chosenByKeyboard = () => document.activeElement?.matches("[data-tip]:focus-visible");
const showTip = (event) => {
  const mark = event.target.closest?.("[data-tip]");
  if (event.type === "pointerover" && chosenByKeyboard()) return;
  if (!mark) { hideTip(); return; }
  shown = mark;
  tip.hidden = false;
  tip.textContent = mark.dataset.tip;
  placeTip(mark);
};
// Focus by keyboard scrolls its mark into view: the plate goes along. A scroll by hand puts it away.
const followScroll = () => (shown && chosenByKeyboard() ? placeTip(shown) : hideTip());
// Without this script the browser shows each <title>; with it the title moves into our own plate.
const takeTitles = (root) => {
  root.querySelectorAll(".tl-session > title, .op-point > title, .op-session > title, .op-review > title, .tl-shade > title, .tl-band > title, .zone > title").forEach((title) => {
    title.parentElement.dataset.tip = title.textContent.trim();
    title.remove();
  });
};
["pointerover", "focusin"].forEach((kind) => document.addEventListener(kind, showTip));
document.addEventListener("scroll", followScroll, true);
document.addEventListener("pointerdown", hideTip, true);
document.addEventListener("focusout", hideTip);
document.addEventListener("keydown", (event) => { if (event.key === "Escape") hideTip(); });

// A timeline too wide for the screen opens at what matters: the next session, else today.
const scrollToNow = (figure) => {
  const frame = figure.querySelector(".picture-scroll");
  const mark = figure.querySelector('[data-look="next"] .tl-body') ?? figure.querySelector(".tl-today rect");
  if (!frame || !mark || frame.scrollWidth <= frame.clientWidth) return;
  const at = mark.getBoundingClientRect().left - frame.getBoundingClientRect().left;
  frame.scrollLeft += at - frame.clientWidth / 3;
};

// --- Body chart: the boxes are the form; the zones only press them ----------------------------------------------
const boxOf = (chart, area) => chart.querySelector(`[data-area-input="${CSS.escape(area)}"]`);
const ancestors = (chart, area) => {
  const zone = chart.querySelector(`.zone[data-area="${CSS.escape(area)}"]`);
  const parent = zone?.dataset.parent;
  return parent ? [parent, ...ancestors(chart, parent)] : [];
};
const paint = (chart) => {
  const on = new Set([...chart.querySelectorAll("[data-area-input]:checked")].map((box) => box.value));
  chart.querySelectorAll(".zone").forEach((zone) => {
    zone.classList.toggle("is-on", on.has(zone.dataset.area));
    zone.classList.toggle("is-covered", ancestors(chart, zone.dataset.area).some((area) => on.has(area)));
  });
};
const near = (chart, area, is) => chart.querySelectorAll(`.zone[data-area="${CSS.escape(area)}"]`).forEach((zone) => zone.classList.toggle("is-near", is));

const startChooser = (chart) => {
  chart.addEventListener("change", () => paint(chart));
  chart.addEventListener("click", (event) => {
    const zone = event.target.closest(".zone:not(.is-refused)");
    if (zone) boxOf(chart, zone.dataset.area)?.click();
  });
  ["pointerover", "focusin"].forEach((kind) => chart.addEventListener(kind, (event) => {
    const box = event.target.closest?.(".area-choice")?.querySelector("[data-area-input]");
    if (box) near(chart, box.value, true);
  }));
  ["pointerout", "focusout"].forEach((kind) => chart.addEventListener(kind, (event) => {
    const box = event.target.closest?.(".area-choice")?.querySelector("[data-area-input]");
    if (box) near(chart, box.value, false);
  }));
  paint(chart);
};

// Points: kept as JSON in a hidden field, drawn as numbered dots, listed with a volume each.
// Where points go that a button sets, around the middle of the zone.
const SPIRAL = [0, 9, 18, 27].flatMap((r) => (r ? [[r, 0], [0, r], [-r, 0], [0, -r], [r, r], [-r, r], [-r, -r], [r, -r]] : [[0, 0]]));
const SVG = "http://www.w3.org/2000/svg";
const startPoints = (chart) => {
  const field = chart.querySelector("[data-points]");
  const list = chart.querySelector("[data-points-list]");
  const template = chart.querySelector("[data-point-row]");
  const names = new Map([...chart.querySelectorAll("[data-add-point]")].map((button) => [button.dataset.addPoint, button.textContent.trim()]));
  let points = JSON.parse(field.value || "[]");

  const dot = (point, number) => {
    const group = document.createElementNS(SVG, "g");
    group.setAttribute("class", "body-point");
    group.setAttribute("transform", `translate(${point.x} ${point.y})`);
    const circle = document.createElementNS(SVG, "circle");
    circle.setAttribute("r", "6");
    const text = document.createElementNS(SVG, "text");
    text.setAttribute("y", "2.8");
    text.textContent = number;
    group.append(circle, text);
    group.setAttribute("tabindex", "0");
    group.setAttribute("role", "button");
    group.setAttribute("aria-label", `${number} ${names.get(point.area) ?? point.area}`);
    group.addEventListener("keydown", (event) => steer(event, point, number));
    return group;
  };
  const zoneOf = (point) => chart.querySelector(`[data-view="${point.view}"] .zone[data-area="${CSS.escape(point.area)}"]`);
  const lies = (point, x, y) => [...(zoneOf(point)?.querySelectorAll("path") ?? [])].some((path) => path.isPointInFill(new DOMPoint(x, y)));
  // Arrow keys move a point within its zone, Delete takes it away.
  const STEPS = { ArrowLeft: [-3, 0], ArrowRight: [3, 0], ArrowUp: [0, -3], ArrowDown: [0, 3] };
  const steer = (event, point, number) => {
    const [dx, dy] = STEPS[event.key] ?? [0, 0];
    if (event.key === "Delete" || event.key === "Backspace") points = points.filter((other) => other !== point);
    else if ((dx || dy) && lies(point, point.x + dx, point.y + dy)) { point.x += dx; point.y += dy; } else return;
    event.preventDefault();
    draw();
    chart.querySelectorAll(".body-point")[Math.min(number, points.length) - 1]?.focus();
  };
  const row = (point, number) => {
    const item = template.content.firstElementChild.cloneNode(true);
    item.querySelector(".point-number").textContent = number;
    item.querySelector(".point-area").textContent = names.get(point.area) ?? point.area;
    const volume = item.querySelector("input");
    volume.value = point.ml ?? "";
    volume.addEventListener("input", () => { point.ml = volume.value ? Number(volume.value) : null; store(); });
    item.querySelector("button").addEventListener("click", () => { points = points.filter((other) => other !== point); draw(); });
    return item;
  };
  const store = () => { field.value = JSON.stringify(points); field.dispatchEvent(new Event("change", { bubbles: true })); };
  const draw = () => {
    chart.querySelectorAll("[data-points-layer]").forEach((layer) => {
      const view = layer.closest("[data-view]").dataset.view;
      layer.replaceChildren(...points.flatMap((point, i) => (point.view === view ? [dot(point, i + 1)] : [])));
    });
    list.replaceChildren(...points.map((point, i) => row(point, i + 1)));
    store();
  };
  const add = (zone, x, y) => {
    points.push({ view: zone.closest("[data-view]").dataset.view, x: Math.round(x * 10) / 10, y: Math.round(y * 10) / 10, area: zone.dataset.area, ml: null });
    draw();
  };
  chart.addEventListener("click", (event) => {
    const zone = event.target.closest(".zone:not(.is-refused)");
    if (zone && chart.querySelector("details")) chart.querySelector("details").open = true;
    if (zone) {
      const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(zone.ownerSVGElement.getScreenCTM().inverse());
      return add(zone, at.x, at.y);
    }
    const button = event.target.closest("[data-add-point]");
    const named = button && chart.querySelector(`.zone[data-area="${CSS.escape(button.dataset.addPoint)}"]`);
    if (!named) return undefined;
    const many = points.filter((point) => point.area === named.dataset.area).length;
    const [x, y] = [Number(named.dataset.x), Number(named.dataset.y)];
    const place = SPIRAL.map(([dx, dy]) => [x + dx, y + dy]).filter(([nx, ny]) => lies({ view: named.closest("[data-view]").dataset.view, area: named.dataset.area }, nx, ny));
    return add(named, ...(place[many % place.length] ?? [x, y]));
  });
  draw();
};

const start = (root) => {
  takeTitles(root);
  root.querySelectorAll("[data-timeline]").forEach(scrollToNow);
  root.querySelectorAll('[data-bodychart="choose"]').forEach(startChooser);
  root.querySelectorAll('[data-bodychart="points"]').forEach(startPoints);
};
start(document);
document.body.addEventListener("htmx:load", (event) => { if (event.detail.elt !== document.body) start(event.detail.elt); });
