// The till without a connection: what it shows, what it notes, and how it finds back (TIL-5).
import { countWaiting, note, sendQueue } from "./queue.js";

const body = document.body;
const stage = document.getElementById("till-stage");
const lost = document.getElementById("till-lost");
const waiting = document.getElementById("till-waiting");
const came = document.getElementById("till-came");
const LOOK_MS = 5_000;
const SOURCES = { manual: "staff", kiosk: "kiosk", autopilot: "autopilot" };
const GATEWAY = [502, 503, 504];

// Opened from what the device keeps: as soon as the server answers, the real page takes its place.
export const isShell = Boolean(body.dataset.offline);
export const isLost = () => !lost.hidden;

let scan = null;
let back = 0;

function show(name, fill) {
  clearTimeout(back);
  const made = document.getElementById(`till-view-${name}`).content.cloneNode(true);
  // Each scan has a key of its own, else the second would be taken for the first that arrived twice.
  for (const once of made.querySelectorAll("input[name=once]")) once.value = crypto.randomUUID();
  fill?.(made);
  stage.replaceChildren(made);
  window.htmx?.process(stage);
  document.dispatchEvent(new CustomEvent("till-arrived"));
  const seconds = stage.querySelector("[data-local-return]")?.dataset.localReturn;
  if (seconds) back = setTimeout(() => show("scan"), Number(seconds) * 1000);
}

// A scan that nobody can look up: with a kiosk or autopilot it is noted at once, else somebody presses.
export function scannedOffline(values) {
  scan = { text: values.text.trim(), by: values.by, key: values.once };
  if (!scan.text) return;
  if (body.dataset.mode !== "manual") noteScan({ kind: "stamps", count: Number(body.dataset.preset), amount: "" });
  else show("card", (made) => { made.querySelector("[data-code]").textContent = scan.text.slice(-4); });
}

async function noteScan(what) {
  await noteOrSay({ ...what, card: "", text: scan.text, by: scan.by, key: scan.key });
}

async function noteOrSay(what) {
  const isNoted = await note({ ...what, source: SOURCES[body.dataset.mode] || "staff", location: body.dataset.place || "" }).catch(() => false);
  show(isNoted ? "noted" : "needs");
  await tellWaiting();
}

// A press whose request did not arrive, or whose answer did not: noted under its own key, so that it counts once either way.
async function notePress(form) {
  const kind = form.get("kind");
  if (!["stamps", "purchase"].includes(kind) || !form.get("card")) return show("needs");
  const amount = (form.get("amount") || "").trim();
  await noteOrSay({ kind, count: amount ? null : Number(form.get("count") || 1), amount, card: form.get("card"), text: "", by: "scanner", key: form.get("once") });
}

function failed({ detail }) {
  const asked = detail.requestConfig;
  lost.hidden = false;
  if (!asked || !stage.contains(asked.target || stage)) return;
  const form = new FormData();
  for (const [name, value] of Object.entries(asked.parameters || {})) form.append(name, value);
  if (asked.verb !== "post") show("scan");
  else if (form.has("receipt")) show("needs");
  else if (form.has("text")) scannedOffline({ text: form.get("text"), by: form.get("by") || "typed", once: form.get("once") });
  else if (form.has("kind")) notePress(form);
  else show("needs");
}

async function tellWaiting() {
  const { mine, others } = await countWaiting().catch(() => ({ mine: 0, others: 0 }));
  tellCount(waiting, "[data-waiting-mine]", mine);
  tellCount(waiting, "[data-waiting-others]", others);
  waiting.hidden = !(mine || others);
  return mine;
}

function tellCount(place, selector, count) {
  const line = place.querySelector(selector);
  if (!line) return;
  line.hidden = !count;
  line.querySelector("[data-count]").textContent = String(count);
}

async function reachesServer() {
  const answer = await fetch(body.dataset.manifestUrl, { method: "HEAD", cache: "no-store" }).catch(() => null);
  return Boolean(answer) && !GATEWAY.includes(answer.status);
}

async function findBack() {
  const count = await tellWaiting();
  if (!isShell && !count && !isLost()) return;
  if (!await reachesServer()) { lost.hidden = false; return; }
  // In the middle of a press the page stays; it is changed as soon as that is done.
  if (isShell) { if (!stage.querySelector("[data-state=offline]")) location.replace(body.dataset.tillUrl); return; }
  lost.hidden = true;
  const result = await sendQueue();
  waiting.querySelector("[data-waiting-sign-in]").hidden = !result.signIn;
  await tellWaiting();
  if (result.counted || result.conflicts || result.refused) {
    tellCount(came, "[data-came-counted]", result.counted);
    tellCount(came, "[data-came-conflicts]", result.conflicts);
    tellCount(came, "[data-came-refused]", result.refused);
    came.hidden = false;
  }
}

export function beginOffline() {
  document.addEventListener("htmx:sendError", failed);
  document.addEventListener("htmx:responseError", (event) => { if (GATEWAY.includes(event.detail.xhr?.status)) failed(event); });
  document.addEventListener("htmx:afterRequest", ({ detail }) => { if (detail.xhr?.status && !GATEWAY.includes(detail.xhr.status)) lost.hidden = true; });
  window.addEventListener("offline", () => { lost.hidden = false; });
  window.addEventListener("online", findBack);
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-local-next]")) show("scan");
    const several = event.target.closest("[data-note-count]");
    if (several && scan) noteScan({ kind: "stamps", count: Number(several.dataset.noteCount), amount: "" });
  });
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-note-purchase]")) {
      event.preventDefault();
      noteScan({ kind: "purchase", count: null, amount: new FormData(event.target).get("amount").trim() });
    } else if (isShell && event.target.matches("form.till-find")) {
      event.preventDefault();
      event.stopPropagation();
      scannedOffline({ text: new FormData(event.target).get("text"), by: "typed", once: crypto.randomUUID() });
    }
  }, true);
  findBack();
  setInterval(findBack, LOOK_MS);
}
