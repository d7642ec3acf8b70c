// Small habits: copy, submit on change, files dropped on a zone, the focus on what went wrong.
import { toast } from "./toast.js";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    copyByHand(button.dataset.copy); // plain http in a shop's own network has no clipboard
  }
  toast(button.dataset.copied);
});

function copyByHand(text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "vh";
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-autosubmit]")) event.target.form.requestSubmit();
  const zone = event.target.closest("[data-drop]");
  if (zone) zone.querySelector("[data-chosen]").textContent = [...event.target.files].map((file) => file.name).join(", ");
});

// A search answers while one types. Leaving its field must not ask once more: the answer would come over the row that
// was opened meanwhile, and its address over that row's.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-search]")) event.stopPropagation();
}, true);

// The input covers its zone, so the browser does the dropping; this only shows where it would land.
for (const [name, over] of [["dragenter", true], ["dragover", true], ["dragleave", false], ["drop", false]]) {
  document.addEventListener(name, (event) => event.target.closest?.("[data-drop]")?.toggleAttribute("data-over", over));
}

// A form that came back with faults: the summary takes the focus, the title says it first.
function showFaults(root) {
  const summary = root.querySelector?.("[data-summary]");
  if (summary) summary.focus();
}

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.xhr?.status === 422) showFaults(event.detail.target);
  const said = event.detail.elt?.querySelector?.("[data-announce]")?.dataset.announce;
  if (said) document.getElementById("announce").textContent = said;
});
showFaults(document);

// A radio group has no single field to jump to, so a link of the summary focuses its first choice.
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-summary] a");
  const field = link && document.querySelector(link.getAttribute("href"));
  if (!field) return;
  event.preventDefault();
  (field.matches("input, select, textarea") ? field : field.querySelector("input, select, textarea") || field).focus();
  field.scrollIntoView({ block: "center" });
});

// On a phone a row of tabs is wider than the screen: the one that is shown should be in sight.
for (const tab of document.querySelectorAll(".views > [aria-current]")) {
  const bar = tab.parentElement;
  const from = tab.getBoundingClientRect(), within = bar.getBoundingClientRect();
  if (from.right > within.right || from.left < within.left) {
    bar.scrollLeft += from.left - within.left - (within.width - from.width) / 2;
  }
}
