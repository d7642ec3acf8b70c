// A menu with many entries is narrowed as one types: arrows move through what is left, Enter takes the first.
const entries = (menu) => [...menu.querySelectorAll(".menu-item")];
const left = (menu) => entries(menu).filter((one) => !one.hidden);
const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();

function narrow(field) {
  const menu = field.closest("[data-pop]");
  const words = plain(field.value).split(/\s+/).filter(Boolean);
  for (const one of entries(menu)) {
    const text = plain(`${one.dataset.group || ""} ${one.textContent}`);
    one.hidden = !words.every((word) => text.includes(word));
  }
  for (const label of menu.querySelectorAll(".menu-label")) {
    let next = label.nextElementSibling;
    while (next?.matches(".menu-item[hidden]")) next = next.nextElementSibling;
    label.hidden = !next?.matches(".menu-item");
  }
  menu.querySelector("[data-none]").hidden = left(menu).length > 0;
}

// What is typed here is no part of the form around it.
for (const name of ["input", "change"]) {
  document.addEventListener(name, (event) => {
    if (!event.target.matches?.("[data-filter]")) return;
    event.stopPropagation();
    narrow(event.target);
  }, true);
}

document.addEventListener("toggle", (event) => {
  const field = event.target.matches?.("[data-pop]") && event.target.querySelector("[data-filter]");
  if (!field) return;
  field.value = "";
  narrow(field);
  if (event.target.open && matchMedia("(hover: hover)").matches) field.focus();
}, true);

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("[data-pop]");
  if (!menu?.querySelector("[data-filter]")) return;
  const all = left(menu);
  const at = all.indexOf(event.target);
  const isField = event.target.matches("[data-filter]");
  if (!isField && at < 0) return;
  if (event.key === "Enter" && isField) all[0]?.click();
  else if (event.key === "ArrowDown") all[at + 1]?.focus();
  else if (event.key === "ArrowUp" && at >= 0) (at ? all[at - 1] : menu.querySelector("[data-filter]")).focus();
  else return;
  event.preventDefault();
});
