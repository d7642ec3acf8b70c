// A form that htmx loads into #modal opens as a dialog; without JavaScript its link leads to a page of its own.
let opener = null;
const modal = () => document.getElementById("modal-dialog");

function open(dialog) {
  if (!dialog.open) {
    // A menu that led here closes, and its button gets the focus back: the entry is hidden by then.
    const menu = document.activeElement?.closest("[data-pop]");
    opener = menu ? menu.querySelector("summary") : document.activeElement;
    menu?.removeAttribute("open");
    dialog.showModal();
  }
  (dialog.querySelector("[data-summary]") || dialog.querySelector("[autofocus]") || dialog.querySelector("[data-focus]"))?.focus();
}

function giveBack() {
  const back = opener;
  opener = null;
  if (back?.isConnected) back.focus();
}

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target?.id === "modal") open(modal());
});

document.addEventListener("close-dialog", () => { if (modal()?.open) modal().close(); });

// A dialog reports that it closed without bubbling, so this listens on the way down.
document.addEventListener("close", (event) => {
  if (!event.target.matches?.("dialog")) return;
  if (event.target.id === "modal-dialog") document.getElementById("modal").replaceChildren();
  giveBack();
}, true);

// Where a press began: one that began inside and ended on the backdrop (a text marked by dragging, a button that moved) closes nothing.
let pressed = null;
document.addEventListener("pointerdown", (event) => { pressed = event.target; }, true);

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-open]");
  if (button) {
    const dialog = document.getElementById(button.dataset.open);
    button.closest("[data-pop]")?.removeAttribute("open");
    if (dialog) open(dialog);
  }
  // A press on the backdrop reaches the dialog itself, never something inside it.
  if (event.target.matches("dialog.dialog") && pressed === event.target && !event.target.querySelector("[data-keep-open]")) event.target.close();
  const cancel = event.target.closest("[data-cancel]");
  if (cancel?.closest("dialog[open]")) {
    event.preventDefault();
    cancel.closest("dialog").close();
  }
});
