// Undo and redo, a picture from the clipboard, and the preview as a sheet on small screens.
const form = document.querySelector("[data-designer]");
const PREVIEW = new Set(["show", "stamps", "state", "speak", "dark", "version", "csrfmiddlewaretoken", "act"]);

const fields = () => [...form.elements].filter((one) => one.name && one.type !== "file" && one.type !== "submit" && !PREVIEW.has(one.name) && !one.name.startsWith("remove_"));
const isChoice = (one) => one.type === "radio" || one.type === "checkbox";
const snapshot = () => fields().map((one) => (isChoice(one) ? one.checked : one.value));
const same = (one, other) => one.length === other.length && one.every((value, index) => value === other[index]);

if (form) {
  const past = [snapshot()];
  let at = 0;
  let slot = "logo";

  const show = (index) => {
    if (index < 0 || index >= past.length) return;
    at = index;
    fields().forEach((one, place) => { if (isChoice(one)) one.checked = past[at][place]; else one.value = past[at][place]; });
    form.dispatchEvent(new Event("preview", { bubbles: true }));
    mark();
  };
  const undo = document.querySelector("[data-undo]");
  const redo = document.querySelector("[data-redo]");
  const mark = () => { undo.disabled = at === 0; redo.disabled = at === past.length - 1; };

  for (const part of document.querySelectorAll("[data-needs-script]")) part.hidden = false;
  undo.addEventListener("click", () => show(at - 1));
  redo.addEventListener("click", () => show(at + 1));
  mark();
  form.addEventListener("change", () => {
    const now = snapshot();
    if (same(now, past[at])) return;
    past.splice(at + 1, past.length, now);
    if (past.length > 100) past.shift();
    at = past.length - 1;
    mark();
  });
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
    // Inside a text the browser's own undo is the one that is meant.
    if (event.target.matches?.("textarea, input[type=text]")) return;
    event.preventDefault();
    show(event.shiftKey ? at + 1 : at - 1);
  });

  form.addEventListener("focusin", (event) => { if (event.target.type === "file") slot = event.target.name.replace("picture_", ""); });
  document.addEventListener("paste", (event) => {
    const file = [...(event.clipboardData?.files ?? [])].find((one) => one.type.startsWith("image/"));
    const input = file && form.elements.namedItem(`picture_${slot}`);
    if (!input) return;
    event.preventDefault();
    const held = new DataTransfer();
    held.items.add(file);
    input.files = held.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });

  const sheet = form.querySelector(".show");
  document.querySelector(".open-show")?.addEventListener("click", (event) => { event.preventDefault(); sheet.classList.add("open"); sheet.querySelector(".close-show").focus(); });
  const close = (event) => { event?.preventDefault(); sheet.classList.remove("open"); document.querySelector(".open-show")?.focus(); };
  sheet.querySelector(".close-show").addEventListener("click", close);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && sheet.classList.contains("open")) close(event); });

  // The cards of the preview come anew with every answer; colours of their own are set by the object model.
}
