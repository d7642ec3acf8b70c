// A phone that has opened a card remembers its link, so that a code on a receipt is added by one press; whoever joins because of a
// code has it added as soon as the card is there (TIL-4).
const PREFIX = "regulars-card:";
const WAITING = "regulars-code:";
const WAITS_MS = 24 * 3600 * 1000;

// The address of the code for whose sake somebody joins; it is told once.
function takeWaiting(chain) {
  try {
    const kept = JSON.parse(localStorage.getItem(WAITING + chain) || "null");
    if (kept && Date.now() - kept.at < WAITS_MS) return kept.path;
    localStorage.removeItem(WAITING + chain);
  } catch { /* Nothing waits. */ }
  return "";
}

function remembered(chain) {
  try { return localStorage.getItem(PREFIX + chain) || ""; } catch { return ""; }
}

const shown = document.querySelector("[data-remember-chain]");
if (shown) {
  try { localStorage.setItem(PREFIX + shown.dataset.rememberChain, shown.dataset.rememberToken); } catch { /* A private window remembers nothing. */ }
  const path = takeWaiting(shown.dataset.rememberChain);
  if (path) location.replace(path);
}

const slip = document.querySelector("[data-own-chain]");
const token = slip ? remembered(slip.dataset.ownChain) : "";
const own = slip?.querySelector("[data-own-card]");
if (own && token) {
  own.querySelector("input[name=token]").value = token;
  own.hidden = false;
  slip.querySelector("[data-other-card]").open = false;
  const join = slip.querySelector("[data-join]");
  // A card that could not take the code may be one that is gone by now: then another is offered.
  join.hidden = join.dataset.join !== "stays";
  if (takeWaiting(slip.dataset.ownChain) === location.pathname) {
    localStorage.removeItem(WAITING + slip.dataset.ownChain);
    own.requestSubmit();
  }
}
// Whoever just joined and was too late with the code still gets to the new card.
const link = token ? slip.querySelector("[data-own-link]") : null;
if (link) {
  link.querySelector("a").href += token;
  link.hidden = false;
}
// Whatever came of it, the phone does not come back to it by itself.
if (slip && !own) { try { localStorage.removeItem(WAITING + slip.dataset.ownChain); } catch { /* Nothing waits. */ } }
document.addEventListener("click", (event) => {
  if (!slip || !event.target.closest("[data-join-here]")) return;
  try { localStorage.setItem(WAITING + slip.dataset.ownChain, JSON.stringify({ path: location.pathname, at: Date.now() })); } catch { /* Then it is added by hand. */ }
});
