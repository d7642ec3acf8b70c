// A toast stays eight seconds, longer while it is hovered or holds the focus.
const STAY_MS = 8000;

export function toast(text, { bad = false } = {}) {
  const template = document.getElementById("toast-template");
  const list = document.getElementById("toasts");
  if (!template || !list) return;
  const node = template.content.firstElementChild.cloneNode(true);
  node.classList.toggle("bad", bad);
  node.querySelector("span").textContent = text;
  list.append(node);
  keep(node);
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
document.addEventListener("htmx:responseError", (event) => toast(sentence(event.detail.xhr.responseText), { bad: true }));
document.addEventListener("htmx:sendError", () => toast(lost(), { bad: true }));
document.addEventListener("htmx:timeout", () => toast(lost(), { bad: true }));
keepAll();
