// The side panel: marks the row it belongs to, takes the focus when it opens, gives it back when it closes.
const panel = () => document.getElementById("panel");

function mark(row) {
  document.querySelectorAll("[data-row][aria-current]").forEach((other) => other.removeAttribute("aria-current"));
  row?.setAttribute("aria-current", "true");
}

export function closePanel() {
  const close = panel()?.querySelector("[data-panel-close]");
  if (!close) return false;
  const row = document.querySelector("[data-row][aria-current=true]");
  if (!document.querySelector("[data-row]")) return false; // a page without its list: the link leads there
  panel().replaceChildren();
  // The list may have been filtered since the panel was opened; then it knows its address best.
  const list = document.querySelector("#list > .sheet[hx-get]")?.getAttribute("hx-get");
  history.pushState({ htmx: true }, "", list || close.href);
  mark(null);
  row?.focus({ preventScroll: false });
  return true;
}

document.addEventListener("click", (event) => {
  const close = event.target.closest("[data-panel-close]");
  if (!close || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (closePanel()) event.preventDefault();
});

// Anywhere in a row opens it, unless the press was meant for something else in the row or for selecting text.
document.addEventListener("click", (event) => {
  if (event.defaultPrevented) return;
  const row = event.target.closest(".rows tbody tr");
  if (!row || event.target.closest("a, button, input, label, summary, details")) return;
  if (String(getSelection())) return;
  row.querySelector("[data-row]")?.click();
});

// A list that came anew does not know which of its rows is open, nor which one had the focus.
let openId = idOf(document.querySelector("[data-row][aria-current=true]"));
let focusedId;

function idOf(row) {
  return /(?:^\/\w+\/|[?&]open=)(\w+)/.exec(row?.getAttribute("hx-get") || "")?.[1];
}

const isOpen = () => Boolean(openId && panel()?.querySelector("[data-panel-close]"));
const rowOf = (id) => [...document.querySelectorAll("[data-row]")].find((row) => idOf(row) === id);

document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target?.id === "list") focusedId = idOf(document.activeElement);
});

// The address of a list beside which something is open names both.
document.addEventListener("htmx:beforeHistoryUpdate", (event) => {
  if (event.detail.target?.id !== "list" || !isOpen()) return;
  const address = new URL(event.detail.history.path, location.href);
  if (location.pathname.includes(openId)) address.pathname = location.pathname;
  else address.searchParams.set("open", openId);
  event.detail.history.path = address.pathname + address.search;
});

function settleList() {
  if (isOpen()) mark(rowOf(openId));
  if (focusedId && document.activeElement === document.body) {
    (rowOf(focusedId) || document.querySelector("[data-row]"))?.focus({ preventScroll: true });
  }
}

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target?.id === "list") settleList();
  if (event.detail.target?.id !== "panel") return;
  const opener = event.detail.requestConfig?.elt;
  if (opener?.matches?.("[data-row]")) {
    mark(opener);
    openId = idOf(opener);
  }
  const head = panel()?.querySelector("[data-focus]");
  // What had the focus may have been replaced together with the panel.
  const isLost = document.activeElement === document.body;
  if (isLost || opener?.matches?.("[data-row]")) head?.focus({ preventScroll: matchMedia("(min-width: 832px)").matches });
});
