// The till: camera, hardware scanner, sounds, and the way back to scanning. Everything else is forms, which work without it.
import { startCamera, stopCamera, isRunning, seenBrightness } from "./camera.js";
import { followLight } from "./light.js";
import { beHere, keepPage, leaveHere, registerDevice } from "./queue.js";
import { beginOffline, isLost, isShell, scannedOffline } from "./offline.js";

const body = document.body;
const stage = document.getElementById("till-stage");
const last = document.getElementById("till-last");
const UNDO_MS = 10_000;
const SAME_CODE_MS = 4_000;
const KEY_GAP_MS = 80;
const SCANNED_MIN = 4;

const view = () => stage.querySelector("[data-state]");
const state = () => view()?.dataset.state || "";

// --- Sound and touch ------------------------------------------------------------------------------------------------
let audio = null;
const TONES = { ok: [[880, 0.09]], good: [[880, 0.08], [1320, 0.14]], ask: [[520, 0.12], [520, 0.12]], bad: [[220, 0.35]] };
const BUZZES = { ok: 30, good: 60, ask: [60, 60, 60], bad: 300 };

function isLoud() { return localStorage.getItem("till-sound") !== "off"; }

function say(kind) {
  if (!TONES[kind]) return;
  // Chromium lets a page shake the phone only after somebody has touched it.
  if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(BUZZES[kind]);
  if (!isLoud() || !navigator.userActivation?.hasBeenActive) return;
  audio ??= new AudioContext();
  let at = audio.currentTime;
  for (const [pitch, seconds] of TONES[kind]) {
    const tone = audio.createOscillator(), volume = audio.createGain();
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.2, at);
    volume.gain.exponentialRampToValueAtTime(0.001, at + seconds);
    tone.connect(volume).connect(audio.destination);
    tone.start(at);
    tone.stop(at + seconds);
    at += seconds + 0.04;
  }
}

// --- Scanning: one way in for the camera and for hardware scanners ----------------------------------------------------
let seen = { text: "", at: 0 };
let isAsking = false;

function scanned(text, by) {
  const now = Date.now();
  if (isAsking || (by === "camera" && state() !== "scan")) return;
  if (by === "camera" && text === seen.text && now - seen.at < SAME_CODE_MS) {
    // As long as it lies there it stays the one that was scanned.
    seen.at = now;
    return;
  }
  seen = { text, at: now };
  const form = stage.querySelector("form.till-find");
  // A form that asks whose card a receipt goes to names the receipt.
  const values = { ...(form ? Object.fromEntries(new FormData(form)) : {}), text, by, once: crypto.randomUUID?.() || String(Math.random()).slice(2) };
  if (isShell || isLost()) {
    scannedOffline(values);
  } else if (window.htmx) {
    isAsking = true;
    window.htmx.ajax("POST", form?.getAttribute("action") || `${body.dataset.tillUrl}/found`, { target: "#till-stage", swap: "innerHTML", values })
      .finally(() => { isAsking = false; });
  }
}

// A hardware scanner is a keyboard that types very fast and ends with Enter: it works wherever the focus is.
let keys = { text: "", at: 0 };

function isTyping(target) { return Boolean(target.closest?.("input, select, textarea")); }

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) { keys.text = ""; return; }
  // When the key was pressed, not when a busy page came to it: else a slow till would lose the beginning of a code.
  if (event.timeStamp - keys.at > KEY_GAP_MS) keys.text = "";
  keys.at = event.timeStamp;
  if (event.key === "Enter" && keys.text.length >= SCANNED_MIN) {
    // Else the Enter of the scanner would press the button that has the focus.
    event.preventDefault();
    event.stopPropagation();
    const text = keys.text;
    keys.text = "";
    scanned(text, "scanner");
  } else if (event.key.length === 1) {
    keys.text += event.key;
    if (keys.text.length > 1) { event.preventDefault(); event.stopPropagation(); }
  }
}, true);

// --- What is on the stage ---------------------------------------------------------------------------------------------
let back = 0;
let forget = 0;

function arrived() {
  const shown = view();
  if (!shown) return;
  clearTimeout(back);
  say(shown.dataset.sound);
  const camera = document.getElementById("till-camera");
  camera.hidden = !(isRunning() && shown.dataset.state === "scan");
  if (shown.dataset.state === "done" || shown.dataset.state === "undone") keepUndo(shown);
  // However long the press took: what still lies before the camera is not scanned at once again.
  if (shown.dataset.state === "scan") seen.at = Date.now();
  if (shown.dataset.return) back = setTimeout(goBack, Number(shown.dataset.return) * 1000);
  focusFirst(shown);
}

function focusFirst(shown) {
  // In the middle of a scan the rest of the code would land in the field.
  if (keys.text && performance.now() - keys.at < KEY_GAP_MS) return;
  // On a phone the keyboard would cover half the page: there the field waits to be touched.
  const hasKeyboard = matchMedia("(pointer: fine)").matches || body.dataset.mode === "autopilot";
  const field = shown.querySelector("[data-till-text]");
  const first = shown.querySelector("[data-first]");
  if (shown.dataset.state === "scan" && field && hasKeyboard && document.activeElement === document.body) field.focus({ preventScroll: true });
  else if (first && first.tagName === "BUTTON") first.focus({ preventScroll: true });
  else if (shown.dataset.state !== "scan") stage.focus({ preventScroll: true });
}

// Undo stays for ten seconds, also above the next scan.
function keepUndo(shown) {
  clearTimeout(forget);
  last.hidden = true;
  const bar = shown.querySelector("[data-done-bar]");
  last.replaceChildren(...(bar ? [bar.cloneNode(true)] : []));
  window.htmx?.process(last);
  if (bar) forget = setTimeout(() => { last.hidden = true; last.replaceChildren(); }, UNDO_MS);
}

// Whoever was quicker than the way back has another view by now, and perhaps types into it: it stays.
let leaving = null;
const RETURN = "X-Till-Return";
stage.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.requestConfig?.headers?.[RETURN] && view() !== leaving) detail.shouldSwap = false;
});

function goBack() {
  const shown = view();
  if (!shown?.dataset.return || isShell || isLost()) return;
  if (shown.matches(":hover") && matchMedia("(hover: hover)").matches && shown.querySelector(":focus-visible")) { back = setTimeout(goBack, 1000); return; }
  leaving = shown;
  window.htmx?.ajax("GET", body.dataset.tillUrl, { target: "#till-stage", swap: "innerHTML", headers: { [RETURN]: "1" } }).then(() => { last.hidden = !last.firstElementChild; });
}

stage.addEventListener("htmx:afterSwap", arrived);
document.addEventListener("htmx:afterSwap", (event) => {
  // An undo from the bar above the stage.
  if (event.detail.requestConfig?.elt && last.contains(event.detail.requestConfig.elt)) { last.hidden = true; last.replaceChildren(); }
});

// --- A press once: the button says so, and the server knows the key --------------------------------------------------
document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  const form = detail.elt.closest?.("form");
  if (!form || !stage.contains(form)) return;
  if (form.dataset.sent) { detail.xhr?.abort?.(); return; }
  form.dataset.sent = "1";
});
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const form = detail.elt.closest?.("form");
  if (form) delete form.dataset.sent;
});
document.addEventListener("till-arrived", arrived);
beHere();
beginOffline();
registerDevice().then(() => (state() === "who" ? null : keepPage())).then(() => { body.dataset.isKept = "1"; }).catch(() => {});

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-till-switch]")) return;
  event.preventDefault();
  await leaveHere().catch(() => {});
  form.submit();
});

// --- Camera, photo, sound -----------------------------------------------------------------------------------------------
document.addEventListener("till-unread", () => tell("unread"));

function tell(word) {
  const place = stage.querySelector("[data-camera-problem]");
  if (!place) return;
  place.textContent = document.getElementById("till-words").content.querySelector(`[data-word=${word}]`)?.textContent || "";
  place.hidden = false;
}

document.addEventListener("click", async (event) => {
  if (event.target.closest("[data-camera-on]")) {
    const problem = await startCamera((text) => scanned(text, "camera"), () => state() === "scan" && !isAsking);
    if (problem) tell(problem);
    else document.getElementById("till-camera").hidden = !isRunning();
  } else if (event.target.closest("[data-camera-off]")) {
    stopCamera();
    document.getElementById("till-camera").hidden = true;
  } else if (event.target.closest("[data-till-sound]")) {
    localStorage.setItem("till-sound", isLoud() ? "off" : "on");
    showSound();
    say("ok");
  }
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-till-picture]") && event.target.files.length) event.target.form.requestSubmit();
});

function showSound() {
  for (const button of document.querySelectorAll("[data-till-sound]")) button.setAttribute("aria-pressed", String(isLoud()));
}

showSound();
// Nothing turns in the middle of a result.
followLight(() => (state() === "scan" && !isAsking ? seenBrightness() : null));
arrived();
