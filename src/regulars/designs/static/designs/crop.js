// The frame over a picture, moved and resized by pointer, touch and keys. What is kept are the four numbers below it.
const WHOLE = 1000;
const STEP = 10;
const FULL = [0, 0, WHOLE, WHOLE];
const good = new WeakMap();
let drag = null;

const numbers = (text) => text.split(" ").map(Number);
const inputs = (dialog) => [...dialog.querySelectorAll("[data-part]")];
const typed = (dialog) => inputs(dialog).map((one) => (one.value === "" ? NaN : Math.round(Number(one.value) * 10)));
const picture = (dialog) => { const { width, height } = dialog.querySelector("[data-stage] img").attributes; return [Number(width.value), Number(height.value)]; };
const between = (least, value, most) => Math.min(Math.max(value, least), most);

function pixels(dialog, [left, top, width, height]) {
  const [across, down] = picture(dialog);
  const at = (share, side) => Math.floor((share * side + WHOLE / 2) / WHOLE);
  return [at(left + width, across) - at(left, across), at(top + height, down) - at(top, down)];
}

// As the server judges it: what fills its place needs both sides, what is fitted into it one.
function isSharp(dialog, box) {
  const [least, size, shown] = [numbers(dialog.dataset.least), picture(dialog), pixels(dialog, box)];
  const reaches = shown.map((side, index) => side >= Math.min(least[index], size[index]));
  return shown.every((side) => side > 0) && (dialog.dataset.safe ? reaches.every(Boolean) : reaches.some(Boolean));
}

function draw(dialog, box) {
  const [frame, edges] = [dialog.querySelector("[data-frame]"), dialog.querySelectorAll("[data-edge]")];
  ["left", "top", "width", "height"].forEach((part, index) => { frame.style[part] = `${box[index] / 10}%`; });
  const isFine = isSharp(dialog, box);
  dialog.querySelector("[data-pixels]").textContent = pixels(dialog, box).join(" × ");
  dialog.querySelector("[data-too-small]").hidden = isFine;
  const [across, down] = picture(dialog);
  const [width, height] = [box[2] * across / WHOLE, box[3] * down / WHOLE];
  const [x, y] = [(box[0] + box[2] / 2) * across / WHOLE, (box[1] + box[3] / 2) * down / WHOLE];
  for (const look of dialog.querySelectorAll("[data-looks]")) look.setAttribute("viewBox", [x - width / 2, y - height / 2, width, height].join(" "));
  for (const inside of dialog.querySelectorAll("[data-inside]")) set(inside, { x: x - width / 2, y: y - height / 2, width, height });
  for (const edge of edges) {
    if (dialog.dataset.circle) set(edge, { cx: x, cy: y, r: Math.max(width, height) / Number(dialog.dataset.circle) / 2 });
    else {
      const [of, to] = numbers(dialog.dataset.safe);
      const scale = Math.min(width / of, height / to);
      set(edge, { x: x - of * scale / 2, y: y - to * scale / 2, width: of * scale, height: to * scale });
    }
  }
}

const set = (shape, values) => { for (const [name, value] of Object.entries(values)) shape.setAttribute(name, value); };

// A frame that would show too little is not taken: the last good one stays.
function put(dialog, wanted) {
  const box = wanted.map(Math.round);
  if (!isSharp(dialog, box)) return;
  good.set(dialog, box);
  inputs(dialog).forEach((one, index) => { one.value = box[index] / 10; });
  draw(dialog, box);
}

const tell = (dialog, kind) => inputs(dialog)[0].dispatchEvent(new Event(kind, { bubbles: true }));

function move(dialog, [left, top, width, height], right, lower) {
  put(dialog, [between(0, left + right, WHOLE - width), between(0, top + lower, WHOLE - height), width, height]);
}

// The edges that a corner holds follow it; the others stay.
function pull(dialog, [left, top, width, height], corner, right, lower) {
  const [end, foot] = [left + width, top + height];
  const from = [corner.includes("w") ? between(0, left + right, end - 1) : left, corner.startsWith("n") ? between(0, top + lower, foot - 1) : top];
  const to = [corner.includes("e") ? between(left + 1, end + right, WHOLE) : end, corner.startsWith("s") ? between(top + 1, foot + lower, WHOLE) : foot];
  put(dialog, [...from, to[0] - from[0], to[1] - from[1]]);
}

function grow(dialog, [left, top, width, height], times) {
  const scale = Math.min(times, WHOLE / width, WHOLE / height);
  const [across, down] = [Math.round(width * scale), Math.round(height * scale)];
  put(dialog, [between(0, left + (width - across) / 2, WHOLE - across), between(0, top + (height - down) / 2, WHOLE - down), across, down]);
}

function shape(dialog, [left, top, width, height], of, to) {
  const [across, down] = picture(dialog);
  const scale = Math.min(across / of, down / to);
  const box = [of * scale / across * WHOLE, to * scale / down * WHOLE].map(Math.round);
  put(dialog, [between(0, left + (width - box[0]) / 2, WHOLE - box[0]), between(0, top + (height - box[1]) / 2, WHOLE - box[1]), ...box]);
}

const of = (target) => target.closest?.("[data-crop]");
const now = (dialog) => good.get(dialog) ?? FULL;

document.addEventListener("pointerdown", (event) => {
  const frame = event.target.closest?.("[data-frame]");
  if (!frame || event.button) return;
  event.preventDefault();
  frame.focus();
  frame.setPointerCapture(event.pointerId);
  drag = { dialog: of(frame), box: now(of(frame)), corner: event.target.dataset.corner, x: event.clientX, y: event.clientY };
});
document.addEventListener("pointermove", (event) => {
  if (!drag) return;
  const stage = drag.dialog.querySelector("[data-stage]").getBoundingClientRect();
  const [right, lower] = [(event.clientX - drag.x) / stage.width * WHOLE, (event.clientY - drag.y) / stage.height * WHOLE];
  if (drag.corner) pull(drag.dialog, drag.box, drag.corner, right, lower);
  else move(drag.dialog, drag.box, right, lower);
});
for (const end of ["pointerup", "pointercancel"]) {
  document.addEventListener(end, () => {
    if (!drag) return;
    tell(drag.dialog, "input");
    tell(drag.dialog, "change");
    drag = null;
  });
}

const WAYS = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };
const TIMES = { "+": 1.05, "=": 1.05, "-": 1 / 1.05, "−": 1 / 1.05 };
document.addEventListener("keydown", (event) => {
  const dialog = of(event.target);
  if (!dialog || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("[data-part]") && event.key === "Enter") {
    // It would press the first button of the form behind.
    event.preventDefault();
    dialog.close();
  }
  if (!event.target.matches("[data-frame]")) return;
  const [way, times] = [WAYS[event.key], TIMES[event.key]];
  if (!way && !times) return;
  event.preventDefault();
  if (times) grow(dialog, now(dialog), times);
  else if (event.shiftKey) pull(dialog, now(dialog), "se", ...way);
  else move(dialog, now(dialog), ...way);
  tell(dialog, "input");
});
document.addEventListener("keyup", (event) => {
  if (event.target.matches?.("[data-frame]") && (WAYS[event.key] || TIMES[event.key])) tell(of(event.target), "change");
});

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-whole], [data-shape]");
  const dialog = button && of(button);
  if (!dialog) return;
  if (button.dataset.shape) shape(dialog, now(dialog), ...numbers(button.dataset.shape));
  else put(dialog, FULL);
  tell(dialog, "input");
  tell(dialog, "change");
});

// Numbers that are typed: what they leave no room for gives way, and what is not yet a frame is told to nobody.
function read(event) {
  const dialog = event.target.matches?.("[data-part]") && of(event.target);
  if (!dialog) return;
  const box = typed(dialog);
  const index = inputs(dialog).indexOf(event.target);
  const other = (index + 2) % 4;
  const isNumber = box.every((one) => one >= 0 && one <= WHOLE);
  if (isNumber && box[index] + box[other] > WHOLE) {
    box[other] = WHOLE - box[index];
    inputs(dialog)[other].value = box[other] / 10;
  }
  if (isNumber) draw(dialog, box);
  if (isNumber && isSharp(dialog, box)) good.set(dialog, box);
  else if (event.type === "change") put(dialog, now(dialog));
  else event.stopPropagation();
}
document.addEventListener("input", read, true);
document.addEventListener("change", read, true);

// What was undone, and a picture that came, are drawn anew.
function look(part) {
  for (const dialog of part.querySelectorAll("[data-crop]")) {
    good.set(dialog, typed(dialog));
    draw(dialog, typed(dialog));
  }
}
document.addEventListener("preview", () => look(document));
document.addEventListener("htmx:oobAfterSwap", (event) => look(event.target));
look(document);
