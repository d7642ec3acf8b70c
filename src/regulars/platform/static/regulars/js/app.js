// Our own ES modules, no bundler: the manifest storage hashes the import paths.
// Everything listens on the document, so that parts which htmx swaps in work at once.
import "./toast.js";
import "./keyboard.js";
import "./panel.js";
import "./dialog.js";
import "./pick.js";
import "./small.js";
import "./filter.js";
import { poll } from "./poll.js";
import { colourCards } from "./cards.js";
import { countLetters } from "./letters.js";

document.documentElement.dataset.js = "";

function prepare(root) {
  colourCards(root);
  poll(root);
  countLetters(root);
}

prepare(document);
document.addEventListener("htmx:load", (event) => prepare(event.detail.elt));
