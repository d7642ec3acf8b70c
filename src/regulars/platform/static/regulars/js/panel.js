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
  history.pushState({ htmx: true }, "", close.href);
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

// A list that came anew does not know which of its rows is open.
let openId = idOf(document.querySelector("[data-row][aria-current=true]"));

function idOf(row) {
  return /[a-z]{3}_[0-9a-z]{26}/.exec(row?.getAttribute("hx-get") || "")?.[0];
}

document.addEventListener("htmx:afterSettle", (event) => {
  const isOpen = openId && panel()?.querySelector("[data-panel-close]");
  if (event.detail.target?.id === "list" && isOpen) mark([...document.querySelectorAll("[data-row]")].find((row) => idOf(row) === openId));
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
