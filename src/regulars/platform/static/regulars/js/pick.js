// Choosing rows: one box, a range with Shift, all of the page, all that match. The bar shows how many.
let last = null;

const boxesOf = (area) => [...area.querySelectorAll("[data-pick]")];

function show(area) {
  const boxes = boxesOf(area);
  const picked = boxes.filter((box) => box.checked).length;
  const bar = area.querySelector("[data-bulk]");
  const all = area.querySelector("[data-pick-all]");
  const matching = area.querySelector("[data-pick-matching]");
  if (all) {
    all.checked = picked > 0 && picked === boxes.length;
    all.indeterminate = picked > 0 && picked < boxes.length;
  }
  if (matching && picked < boxes.length) matching.checked = false;
  area.classList.toggle("has-picked", picked > 0);
  if (!bar) return;
  bar.toggleAttribute("data-on", picked > 0);
  const every = matching?.checked ? Number(matching.dataset.total) : picked;
  bar.querySelectorAll("[data-count]").forEach((node) => {
    node.textContent = new Intl.NumberFormat(document.documentElement.lang).format(every);
  });
  bar.querySelector("[data-matching]")?.toggleAttribute("hidden", picked === 0 || picked < boxes.length);
}

document.addEventListener("click", (event) => {
  const box = event.target.closest("[data-pick]");
  if (!box) return;
  const area = box.closest("[data-picking]");
  if (!area) return;
  const boxes = boxesOf(area);
  if (event.shiftKey && last && boxes.includes(last)) {
    const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
    for (const other of boxes.slice(from, to + 1)) other.checked = box.checked;
  }
  last = box;
  show(area);
});

document.addEventListener("change", (event) => {
  const area = event.target.closest("[data-picking]");
  if (!area) return;
  if (event.target.matches("[data-pick-all]")) for (const box of boxesOf(area)) box.checked = event.target.checked;
  if (event.target.matches("[data-pick-all], [data-pick-matching]")) show(area);
});

document.addEventListener("click", (event) => {
  const none = event.target.closest("[data-pick-none]");
  const area = none?.closest("[data-picking]");
  if (!area) return;
  event.preventDefault();
  for (const box of boxesOf(area)) box.checked = false;
  show(area);
  area.querySelector("[data-search], [data-row]")?.focus();
});

document.addEventListener("htmx:afterSettle", (event) => {
  const area = event.detail.target?.closest?.("[data-picking]");
  if (area) show(area);
});
