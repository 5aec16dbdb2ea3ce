// The day board, on EventCalendar. `templates/_components/board.html` writes the element; its data attributes are:
//   events-url     GET ?start=&end=&by=  -> [{id, title, start, end, resourceId, status, url, movable, windowStart, windowEnd}]
//   resources-url  GET ?by=&date=        -> [{id, title}], the columns: practitioners or rooms
//   preview-url    POST session, start, resource, by -> html of the move preview, put into the panel
//   slot-url       GET ?start=&resource=&by= -> html for a free slot, put into the panel
//   view           resourceTimeGridDay | resourceTimeGridWeek | listDay
//   date, by, from, to (hours), time-zone (of the location), panel (selector), labels (JSON of words)
// Times are wall times of the location without an offset ("2026-05-05T09:30"); `status` is Session.status or "block",
// "hold". Nothing is moved here: a drop springs back and asks the server for a preview; the server answers with the
// event `board:refresh` (HX-Trigger) once something has really changed.

const ICONS = {
  booked: "calendar-check", displaced: "calendar-x", checked_in: "person-check-fill", in_progress: "play-circle-fill",
  completed: "check-circle-fill", no_show: "person-x-fill", hold: "hourglass-split", block: "slash-circle",
};
const WINDOW = "allowed-window";
const PROPOSED = "proposed-place";

let calendar = null;
const board = document.querySelector("[data-board]");
const { eventsUrl, resourcesUrl, previewUrl, slotUrl, panel: panelSelector = "#panel" } = board.dataset;
const labels = JSON.parse(board.dataset.labels || "{}");
const phone = window.matchMedia("(max-width: 767.98px)").matches;

const wall = (date) => {
  const two = (number) => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}`;
};
const withQuery = (url, values) => `${url}?${new URLSearchParams(values)}`;
// Signed out, the server answers 401 or leads to its sign-in: the page is asked for again, and leads there and back.
// Until it has left nothing more happens here, since a new address in the history would stop it from leaving.
const getJson = async (url) => {
  const answer = await fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  if (answer.status === 401 || answer.redirected) {
    window.location.reload();
    return new Promise(() => {});
  }
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer.json();
};
const tell = (message, tone = "bad") => document.body.dispatchEvent(new CustomEvent("toast", { detail: { message, tone } }));
const open = (method, url, values = {}) => window.htmx.ajax(method, url, { source: board, target: panelSelector, swap: "innerHTML", values });

// The zone's offset now, so that the line of the hour is right on a computer that lives in another zone.
const offsetOf = (zone) => {
  if (!zone) return "local";
  const parts = new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "longOffset" }).formatToParts(new Date());
  return parts.find((part) => part.type === "timeZoneName").value.replace("GMT", "") || "+00:00";
};

// An event of up to 20 minutes has room for one line in all, one of up to 30 for one line of title.
const minutes = (start, end) => (new Date(end) - new Date(start)) / 60000;
const roomFor = (start, end) => (minutes(start, end) <= 20 ? ["is-short"] : minutes(start, end) <= 30 ? ["is-brief"] : []);

// Hours in which nobody is there are a shade behind the sessions, nothing to open or to move.
const toShade = ({ id, title, start, end, resourceId }) => ({
  id: String(id), title, start, end, resourceIds: [String(resourceId)], display: "background", classNames: ["off-hours"], editable: false, extendedProps: {},
});
const toEvent = ({ id, title, start, end, resourceId, status, url, movable, windowStart, windowEnd }) => ({
  id: String(id), title, start, end, resourceIds: [String(resourceId)],
  startEditable: Boolean(movable), durationEditable: false,
  classNames: ["board-event", `is-${status in ICONS ? status : "booked"}`, ...roomFor(start, end)],
  extendedProps: { status, url, windowStart, windowEnd },
});

const columnName = ({ resourceIds }) => calendar?.getOption("resources").find((resource) => resource.id === resourceIds[0])?.title;
const element = (tag, className, text = "") => Object.assign(document.createElement(tag), { className, textContent: text });
const content = ({ event, timeText }) => {
  if (event.display === "background") return { domNodes: [element("span", "board-band", event.title)] };
  const { status, url } = event.extendedProps;
  const body = element(url ? "a" : "span", "board-open");
  if (url) Object.assign(body, { href: url, draggable: false });
  body.setAttribute("aria-label", [timeText, event.title, columnName(event), labels[status] ?? status].filter(Boolean).join(", "));
  if (!url) body.setAttribute("role", "img");
  const head = element("span", "board-time", timeText);
  head.prepend(element("i", `bi bi-${ICONS[status] ?? ICONS.booked}`));
  body.append(head, " ", element("span", "board-title", event.title)); // the space parts the words for who hears them
  return { domNodes: [body] };
};

// The library calls its grid a table and a session a button, with our link inside. Here the sessions are links, one after
// another. An observer runs before the browser draws or reads what was changed, so nobody meets the library's roles.
const GRID_ROLES = "table row rowgroup columnheader cell list listitem".split(" ").map((role) => `[role="${role}"]`).join(",");
const ROLE_ATTRIBUTES = ["role", "aria-colindex", "aria-rowindex", "aria-colspan", "aria-rowcount", "aria-colcount"];
const tidyRoles = () => {
  board.querySelectorAll(GRID_ROLES).forEach((part) => ROLE_ATTRIBUTES.forEach((name) => part.removeAttribute(name)));
  board.querySelectorAll('article[role="button"]').forEach((event) => { event.removeAttribute("role"); event.removeAttribute("tabindex"); });
  board.querySelectorAll('h4.ec-day-head:not([aria-level="3"])').forEach((heading) => heading.setAttribute("aria-level", "3"));
};
new MutationObserver(tidyRoles).observe(board, { subtree: true, childList: true, attributeFilter: ["role", "aria-level"] });

const addBand = (id, look, { title, start, end, resource }) => calendar.addEvent({
  id, title, start, end, resourceIds: [resource], display: "background", classNames: [look], extendedProps: {},
});
const remove = (id) => calendar.removeEventById(id);

// While a session is dragged the days on which it may stand are shown in every column.
const showWindow = ({ event }) => {
  const { windowStart, windowEnd } = event.extendedProps;
  if (!windowStart || !windowEnd) return;
  calendar.getOption("resources").forEach(({ id }) => {
    addBand(`${WINDOW}-${id}`, WINDOW, { title: labels.window ?? "", start: windowStart, end: windowEnd, resource: id });
  });
};
const hideWindow = () => calendar.getOption("resources").forEach((resource) => remove(`${WINDOW}-${resource.id}`));

const previewMove = ({ event, revert }) => {
  const [resource] = event.resourceIds;
  const place = { title: event.title, start: wall(event.start), end: wall(event.end), resource };
  revert();
  remove(PROPOSED);
  addBand(PROPOSED, PROPOSED, place);
  open("POST", previewUrl, { session: event.id, start: place.start, resource, by: board.dataset.by });
};

const openEvent = ({ event, jsEvent }) => {
  const { url } = event.extendedProps;
  if (!url || jsEvent.ctrlKey || jsEvent.metaKey || jsEvent.shiftKey) return;
  jsEvent.preventDefault();
  open("GET", url);
};
const openSlot = ({ date, resource }) => {
  date.setMinutes(date.getMinutes() - (date.getMinutes() % 15));
  if (slotUrl) open("GET", withQuery(slotUrl, { start: wall(date), resource: resource?.id ?? "", by: board.dataset.by }));
};

// The address always says what is on the screen.
const remember = ({ view }) => {
  const url = new URL(window.location.href);
  url.searchParams.set("date", wall(calendar?.getOption("date") ?? new Date(board.dataset.date)).slice(0, 10));
  url.searchParams.set("view", view.type);
  window.history.replaceState(null, "", url);
};

// A day that cannot be read is not shown as an empty one: what was read last stays, and is marked as not current.
const stale = document.getElementById("board-stale");
let read = null;
let returning = false;
const readEvents = async ({ startStr, endStr }) => {
  const asked = { start: startStr.slice(0, 16), end: endStr.slice(0, 16), by: board.dataset.by };
  const key = JSON.stringify(asked);
  if (returning && read?.key === key) {
    returning = false;
    return read.rows;
  }
  try {
    const found = await getJson(withQuery(eventsUrl, asked));
    const rows = found.map((row) => (row.status === "off" ? toShade(row) : toEvent(row)));
    read = { key, rows, date: calendar?.getOption("date") ?? board.dataset.date, view: calendar?.getOption("view") };
    stale.hidden = true;
    return rows;
  } catch (error) {
    stale.hidden = false;
    if (!read || read.key === key) return read?.rows ?? [];
    returning = true;
    setTimeout(() => { calendar.setOption("view", read.view ?? calendar.getOption("view")); calendar.setOption("date", read.date); });
    return [];
  }
};
stale?.querySelector("button").addEventListener("click", () => {
  returning = false;
  calendar ? calendar.refetchEvents() : window.location.reload();
});

const start = async () => {
  const { by, date, from = "08:00", to = "20:00", timeZone } = board.dataset;
  const resources = await getJson(withQuery(resourcesUrl, { by, date }));
  calendar = window.EventCalendar.create(board, {
    view: phone ? "listDay" : board.dataset.view || "resourceTimeGridDay",
    date,
    resources: resources.map((resource) => ({ ...resource, id: String(resource.id) })),
    eventSources: [{ events: readEvents }],
    timeZone: offsetOf(timeZone),
    locale: document.documentElement.lang || undefined,
    firstDay: 1,
    allDaySlot: false,
    nowIndicator: true,
    editable: true,
    eventDurationEditable: false,
    slotDuration: "00:15",
    slotLabelInterval: "01:00",
    slotHeight: 22,
    snapDuration: "00:05",
    slotMinTime: from,
    slotMaxTime: to,
    scrollTime: from,
    flexibleSlotTimeLimits: { eventFilter: (event) => Boolean(event.extendedProps.url) }, // not an absence of a whole day
    longPressDelay: 400,
    headerToolbar: { start: "prev,today,next", center: "title", end: "resourceTimeGridDay,resourceTimeGridWeek,listDay" },
    buttonText: (text) => ({ ...text, today: labels.today ?? "Today", resourceTimeGridDay: labels.day ?? "Day", resourceTimeGridWeek: labels.week ?? "Week", listDay: labels.list ?? "List" }),
    titleFormat: { weekday: "long", day: "numeric", month: "long", year: "numeric" },
    views: {
      resourceTimeGridWeek: { columnWidth: "128px", displayEventEnd: false, titleFormat: { day: "numeric", month: "long", year: "numeric" } },
      resourceTimeGridDay: { columnWidth: resources.length > 6 || phone ? "168px" : undefined },
    },
    eventTimeFormat: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
    slotLabelFormat: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
    eventContent: content,
    eventDragStart: showWindow,
    eventDragStop: hideWindow,
    eventDrop: previewMove,
    eventClick: openEvent,
    dateClick: openSlot,
    datesSet: remember,
    noEventsContent: labels.empty ?? "",
  });
};

start().catch(() => { stale.hidden = false; tell(labels.failed ?? ""); });
document.body.addEventListener("board:refresh", () => { remove(PROPOSED); calendar?.refetchEvents(); });
document.body.addEventListener("panel:closed", () => calendar && remove(PROPOSED));
