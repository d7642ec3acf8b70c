// "/" searches, arrows and j/k move through rows, x picks one, "?" lists the keys, Esc closes what is on top.
import { closePanel } from "./panel.js";

const letters = () => document.documentElement.dataset.shortcuts !== "off";
const typing = (node) => node.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
const rows = () => [...document.querySelectorAll("[data-row]")];
const inDialog = () => document.querySelector("dialog[open]");

function moveRow(step, fromPanel) {
  const all = rows();
  const here = all.indexOf(document.activeElement);
  const at = here >= 0 ? here : all.findIndex((row) => row.getAttribute("aria-current") === "true");
  const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : at + step];
  if (!next) return false;
  next.focus();
  next.scrollIntoView({ block: "nearest" });
  if (fromPanel) next.click();
  return true;
}

function pickRow() {
  const box = document.activeElement.closest("tr")?.querySelector("[data-pick]");
  if (box) box.click();
  return Boolean(box);
}

function search() {
  const field = document.querySelector("[data-search]");
  if (!field) return false;
  field.focus();
  field.select();
  return true;
}

function openHelp() {
  const help = document.getElementById("shortcuts");
  if (help && !help.open) help.showModal();
  return Boolean(help);
}

function handled(event) {
  if (event.key === "Escape") return closeTop();
  if (inDialog()) return false;
  const onRow = event.target.matches?.("[data-row]");
  if (event.key === "ArrowDown" && onRow) return moveRow(1);
  if (event.key === "ArrowUp" && onRow) return moveRow(-1);
  if (event.key === "ArrowDown" && event.target.matches?.("[data-search]")) return moveRow(1);
  if (typing(event.target) || !letters()) return false;
  const open = Boolean(document.querySelector(".split-panel > .panel"));
  switch (event.key) {
    case "/": return search();
    case "?": return openHelp();
    case "j": return moveRow(1, open);
    case "k": return moveRow(-1, open);
    case "x": return onRow && pickRow();
    default: return false;
  }
}

// The browser itself closes a dialog; below it come an opened menu, then the panel.
function closeTop() {
  if (inDialog()) return false;
  const menus = [...document.querySelectorAll("[data-pop][open]")];
  const menu = menus.at(-1);
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
    return true;
  }
  const field = document.activeElement;
  if (field?.matches("[data-search]") && field.value) return false;
  return closePanel();
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (handled(event)) event.preventDefault();
});

// A press outside closes an opened menu.
document.addEventListener("pointerdown", (event) => {
  document.querySelectorAll("[data-pop][open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
});

// A form that was sent closes the menu or the sheet of filters it was in.
document.addEventListener("submit", (event) => {
  event.target.closest("[data-pop][open]")?.removeAttribute("open");
  event.target.querySelectorAll("[data-pop][open]").forEach((menu) => { menu.open = false; });
});
