// <div data-poll="/address"> is replaced by what the address answers, each second, slower in a hidden tab.
// An answer without data-poll ends it.
const SECOND_MS = 1000;
const HIDDEN_MS = 10000;
const FAILURES_MAX = 30;

export function poll(root) {
  const nodes = root.matches?.("[data-poll]") ? [root] : root.querySelectorAll("[data-poll]");
  for (const node of nodes) wait(node, 0);
}

function wait(node, failures) {
  if (node.dataset.polling !== undefined) return;
  node.dataset.polling = "";
  const pause = (document.hidden ? HIDDEN_MS : SECOND_MS) * Math.min(1 + failures, 10);
  setTimeout(() => ask(node, failures), pause);
}

async function ask(node, failures) {
  if (!node.isConnected) return;
  const before = failuresSeen;
  await window.htmx.ajax("GET", node.dataset.poll, { source: node, target: node, swap: "outerHTML" });
  if (!node.isConnected || failures >= FAILURES_MAX) return;
  delete node.dataset.polling; // still here, so the answer did not come: ask again, ever slower
  wait(node, failuresSeen > before ? failures + 1 : 0);
}

let failuresSeen = 0;
for (const name of ["htmx:responseError", "htmx:sendError"]) document.addEventListener(name, () => { failuresSeen += 1; });
