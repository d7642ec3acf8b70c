// How many letters a text has beside what each channel carries; said aloud only when it is too long.
const language = document.documentElement.lang || "en";
const number = new Intl.NumberFormat(language);

function show(form) {
  const text = form.querySelector("[data-letters]");
  const over = [];
  for (const box of form.querySelectorAll("[data-letters-max]")) {
    const label = box.closest("label");
    const count = label.querySelector("[data-letters-count]");
    const letters = Array.from(text.value).length;
    const most = Number(box.dataset.lettersMax);
    count.textContent = `${number.format(letters)} / ${number.format(most)}`;
    count.classList.toggle("letters-over", letters > most);
    if (letters > most && box.checked) over.push(label.querySelector("b").textContent.trim());
  }
  const told = form.querySelector("[data-letters-over]");
  const sentence = over.length ? told.dataset.lettersOver.replace("%(channel)s", over.join(", ")) : "";
  if (told.textContent !== sentence) told.textContent = sentence;
  text.setCustomValidity(sentence);
}

export function countLetters(root) {
  for (const form of root.querySelectorAll?.("[data-letters-form]") ?? []) show(form);
}

document.addEventListener("input", (event) => {
  const form = event.target.closest?.("[data-letters-form]");
  if (form) show(form);
});
