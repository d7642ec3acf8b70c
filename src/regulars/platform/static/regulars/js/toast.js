// A toast stays eight seconds, longer while it is hovered or holds the focus.
const STAY_MS = 8000;

export function toast(text, { bad = false, again = null } = {}) {
  const template = document.getElementById("toast-template");
  const list = document.getElementById("toasts");
  if (!template || !list) return;
  const node = template.content.firstElementChild.cloneNode(true);
  node.classList.toggle("bad", bad);
  node.querySelector("span").textContent = text;
  if (again) offer(node, again);
  list.append(node);
  keep(node);
}

function offer(node, again) {
  const button = node.querySelector("[data-toast-again]");
  if (!button) return;
  button.hidden = false;
  button.addEventListener("click", () => { node.remove(); again(); });
}

function keep(node) {
  if (node.dataset.kept !== undefined) return;
  node.dataset.kept = String(Date.now());
  let timer;
  const start = () => { clearTimeout(timer); timer = setTimeout(() => node.remove(), STAY_MS); };
  const stop = () => clearTimeout(timer);
  for (const name of ["pointerenter", "focusin"]) node.addEventListener(name, stop);
  for (const name of ["pointerleave", "focusout"]) node.addEventListener(name, () => { if (!node.matches(":hover, :focus-within")) start(); });
  start();
}

// Two answers to one action (a panel and the list beside it) may bring the same toast: it is said once.
const TWIN_MS = 3000;

function isTwin(node) {
  const said = (one) => `${one.querySelector("span")?.textContent} ${one.querySelector("form")?.action}`;
  const earlier = [...document.querySelectorAll("#toasts [data-kept]")].filter((one) => Date.now() - Number(one.dataset.kept) < TWIN_MS);
  return node.dataset.kept === undefined && earlier.some((one) => said(one) === said(node));
}

function keepAll() {
  for (const node of document.querySelectorAll("#toasts [data-toast]")) isTwin(node) ? node.remove() : keep(node);
}

// What went wrong in words: the answer's own sentence if it has one.
function sentence(body) {
  const said = new DOMParser().parseFromString(body || "", "text/html").querySelector("[data-error-text]");
  return said?.textContent.trim() || lost();
}

function lost() { return document.getElementById("lost-template")?.content.textContent.trim() || ""; }

document.addEventListener("click", (event) => {
  event.target.closest("[data-toast-close]")?.closest("[data-toast]").remove();
});
document.addEventListener("htmx:oobAfterSwap", keepAll);
document.addEventListener("htmx:afterSettle", keepAll);
// What was there stays there; what was asked for and not answered can be asked for once more. A form is sent by its
// own button, and what polls asks again by itself.
function repeat({ requestConfig, pathInfo, elt, target }) {
  if (requestConfig?.verb !== "get" || elt.matches("[data-poll]")) return null;
  const path = pathInfo?.finalRequestPath || requestConfig.path;
  return () => window.htmx.ajax("GET", path, elt.isConnected ? { source: elt, target } : { target });
}
document.addEventListener("htmx:responseError", ({ detail }) => toast(sentence(detail.xhr.responseText), { bad: true, again: detail.xhr.status < 500 && detail.xhr.status !== 429 ? null : repeat(detail) }));
document.addEventListener("htmx:sendError", ({ detail }) => toast(lost(), { bad: true, again: repeat(detail) }));
document.addEventListener("htmx:timeout", ({ detail }) => toast(lost(), { bad: true, again: repeat(detail) }));
keepAll();
