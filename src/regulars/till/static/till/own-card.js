// A phone that has opened a card remembers its link, so that a code on a receipt is added by one press (TIL-4).
const PREFIX = "regulars-card:";

function remembered(chain) {
  try { return localStorage.getItem(PREFIX + chain) || ""; } catch { return ""; }
}

const shown = document.querySelector("[data-remember-chain]");
if (shown) {
  try { localStorage.setItem(PREFIX + shown.dataset.rememberChain, shown.dataset.rememberToken); } catch { /* A private window remembers nothing. */ }
}

const slip = document.querySelector("[data-own-chain]");
const token = slip ? remembered(slip.dataset.ownChain) : "";
const own = slip?.querySelector("[data-own-card]");
if (own && token) {
  own.querySelector("input[name=token]").value = token;
  own.hidden = false;
  slip.querySelector("[data-other-card]").open = false;
}
