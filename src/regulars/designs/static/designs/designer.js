// Undo and redo, a picture from the clipboard, and the preview as a sheet on small screens.
const ROW = ".picture-row";
const form = document.querySelector("[data-designer]");
const PREVIEW = new Set(["show", "stamps", "state", "speak", "dark", "version", "csrfmiddlewaretoken", "act"]);

const fields = () => [...form.elements].filter((one) => one.name && one.type !== "file" && one.type !== "submit" && !PREVIEW.has(one.name) && !one.name.startsWith("remove_"));
const isChoice = (one) => one.type === "radio" || one.type === "checkbox";
// By name, as the row of a picture comes anew with it.
const key = (one) => (isChoice(one) ? `${one.name}=${one.value}` : one.name);
const snapshot = () => new Map(fields().map((one) => [key(one), isChoice(one) ? one.checked : one.value]));
const same = (one, other) => one.size === other.size && [...one].every(([name, value]) => other.get(name) === value);

if (form) {
  const past = [snapshot()];
  let at = 0;
  let slot = "logo";

  const show = (index) => {
    if (index < 0 || index >= past.length) return;
    at = index;
    for (const one of fields()) {
      if (!past[at].has(key(one))) continue;
      if (isChoice(one)) one.checked = past[at].get(key(one)); else one.value = past[at].get(key(one));
    }
    form.dispatchEvent(new Event("preview", { bubbles: true }));
    mark();
  };
  const undo = document.querySelector("[data-undo]");
  const redo = document.querySelector("[data-redo]");
  const mark = () => { undo.disabled = at === 0; redo.disabled = at === past.length - 1; };

  for (const part of document.querySelectorAll("[data-needs-script]")) part.hidden = false;
  // A label is asked for in other languages where its value is shown, and the name of a link where there is an address.
  const ask = () => { for (const one of form.querySelectorAll("[data-of]")) one.hidden = !form.elements.namedItem(one.dataset.of).value; };
  form.addEventListener("input", ask);
  form.addEventListener("preview", ask);
  ask();
  undo.addEventListener("click", () => show(at - 1));
  redo.addEventListener("click", () => show(at + 1));
  mark();
  const note = () => {
    const now = snapshot();
    if (same(now, past[at])) return;
    past.splice(at + 1, past.length, now);
    if (past.length > 100) past.shift();
    at = past.length - 1;
    mark();
  };
  form.addEventListener("change", note);
  // What was changed in the row of a picture while its answer was under way is newer than the row that comes with it.
  let told = new Map();
  let newer = new Map();
  const held = (row) => fields().filter((one) => row.contains(one));
  form.addEventListener("htmx:configRequest", () => { told = snapshot(); });
  document.addEventListener("htmx:oobBeforeSwap", ({ target }) => {
    if (target.matches(ROW)) newer = new Map(held(target).filter((one) => told.get(key(one)) !== one.value).map((one) => [key(one), one.value]));
  });
  // Colours that were repaired and pictures that came are in the answer; they can be undone like anything that was typed.
  document.addEventListener("htmx:oobAfterSwap", ({ target }) => {
    if (target.matches(ROW)) for (const one of held(target)) one.value = newer.get(key(one)) ?? one.value;
    if (target.id === "colours" || target.matches(ROW)) note();
  });

  // A picture is sent; whoever chooses another for the same place meanwhile keeps that, which goes with the next request.
  let sent = new Map();
  const files = () => new Map([...form.elements].filter((one) => one.type === "file" && one.files.length).map((one) => [one.name, one.files[0]]));
  form.addEventListener("htmx:configRequest", () => { sent = files(); });
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    const input = event.target.matches(ROW) && event.target.querySelector("[type=file]");
    if (input && input.files.length && input.files[0] !== sent.get(input.name)) event.detail.shouldSwap = false;
  });
  // What came with another shape than its place has is shown with the frame at once.
  document.addEventListener("htmx:oobAfterSwap", (event) => {
    const slot = event.target.matches(ROW) && event.target.id.replace("picture-row-", "");
    if (!slot || !sent.delete(`picture_${slot}`) || document.querySelector("dialog[open]")) return;
    if (event.target.matches("[data-odd]")) event.target.querySelector("[data-open]").click();
  });

  // Colours, name and title are seen at once; the answer that follows draws everything as the wallet would.
  form.addEventListener("input", (event) => {
    const { name, value } = event.target;
    const chosen = (of) => form.querySelector(`[name=${of}]:checked`)?.value;
    if (["background", "foreground", "label"].includes(name) && (name === "background" || chosen("show") === "apple")) {
      for (const one of form.querySelectorAll(`#preview [data-paint=${name}]`)) one.setAttribute("fill", value);
      return;
    }
    const spoken = form.elements.namedItem("speak").value;
    for (const text of ["organisation", "title"]) {
      if (name !== `${text}_${spoken}`) continue;
      for (const one of form.querySelectorAll(`#preview [data-text=${text}]`)) one.textContent = value || event.target.placeholder;
    }
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
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });

  form.classList.add("has-sheet");
  const sheet = form.querySelector(".show");
  const slider = form.elements.namedItem("stamps");
  slider?.addEventListener("input", () => {
    // Moved by hand, it says more than "new" or "reward ready" did.
    const state = form.elements.namedItem("state");
    if (state.value !== "expired") state.value = "usual";
    form.querySelector("[data-stamps]").value = `${slider.value}/${slider.max}`;
  });
  document.querySelector(".open-show")?.addEventListener("click", (event) => { event.preventDefault(); sheet.classList.add("open"); sheet.querySelector(".close-show").focus(); });
  const close = (event) => { event?.preventDefault(); sheet.classList.remove("open"); document.querySelector(".open-show")?.focus(); };
  sheet.querySelector(".close-show").addEventListener("click", close);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && sheet.classList.contains("open")) close(event); });
}
