// The web card: everything is there without this. It keeps the last state for later, draws codes that change, and tells of changes.
const root = document.documentElement;
const card = document.body.dataset.card;
const isKept = root.hasAttribute("data-offline");
const token = card.split("/").pop();
const STEP_MS = 30_000;
const FRESH_MS = 60_000;
const LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

// The clock of a phone may be wrong: the page goes by the server's, and remembers by how much for when there is no connection.
const CLOCK = `clock:${token}`;
const store = (name, value) => { try { localStorage.setItem(name, value); } catch { /* full, or forbidden */ } };
const stored = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
if (!isKept) store(CLOCK, String(Number(document.body.dataset.now) - Date.now()));
const offset = Number(stored(CLOCK)) || 0;
const now = () => Date.now() + offset;

function post(name, values) {
  const body = new URLSearchParams(values);
  body.set("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
  return fetch(`${card}/${name}`, { method: "POST", body, credentials: "same-origin" });
}

// --- Codes that change (TIL-6): the secret of this phone never leaves the browser's key store --------------------------
function keys(mode, work) {
  return new Promise((done, fail) => {
    const opening = indexedDB.open("regulars-cards", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("devices");
    opening.onerror = () => fail(opening.error);
    opening.onsuccess = () => {
      const asked = work(opening.result.transaction("devices", mode).objectStore("devices"));
      asked.onsuccess = () => done(asked.result);
      asked.onerror = () => fail(asked.error);
    };
  });
}

async function findDevice() {
  const mine = await keys("readonly", (devices) => devices.get(token));
  if (isKept) return mine;
  const answer = await post("device", { device: mine?.name || "" }).catch(() => null);
  if (!answer?.ok) return mine;
  const told = await answer.json();
  if (!told.secret) return mine;
  const bytes = Uint8Array.from(atob(told.secret), (letter) => letter.charCodeAt(0));
  const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const made = { name: told.device, key };
  await keys("readwrite", (devices) => devices.put(made, token));
  return made;
}

async function codeOf(device, step) {
  const name = device.name.split("_")[1].toUpperCase();
  const signed = new Uint8Array(await crypto.subtle.sign("HMAC", device.key, new TextEncoder().encode(`rotating-code:${name}:${step}`)));
  let letters = "";
  for (let left = step, place = 0; place < 6; place += 1, left = Math.floor(left / 32)) letters = LETTERS[left % 32] + letters;
  return `RC${name}${letters}${Array.from(signed.slice(0, 16), (byte) => LETTERS[byte & 31]).join("")}`;
}

function draw(qr, text) {
  const made = qr.generate(text, { minCorrectionLevel: qr.correction.M });
  let path = "";
  for (let y = 0; y < made.size; y += 1) for (let x = 0; x < made.size; x += 1) if (made.get(x, y)) path += `M${x + 2} ${y + 2}h1v1h-1z`;
  const svg = document.querySelector("#code svg");
  svg.setAttribute("viewBox", `0 0 ${made.size + 4} ${made.size + 4}`);
  svg.querySelector("path").setAttribute("d", path);
  svg.parentElement.dataset.step = String(Math.floor(now() / STEP_MS));
}

async function rotate() {
  const address = document.body.dataset.qr;
  const left = document.getElementById("code-left");
  if (!address || !left) return;
  const device = globalThis.crypto?.subtle ? await findDevice().catch(() => null) : null;
  const wait = () => STEP_MS - (now() % STEP_MS);
  setInterval(() => { left.value = wait() / 1000; }, 1000);
  if (!device) {
    // Without a key store, as on a page without https, the server draws each code.
    if (!isKept) setTimeout(() => location.reload(), wait() + 200);
    return;
  }
  const qr = await import(address);
  const turn = async () => {
    draw(qr, await codeOf(device, Math.floor(now() / STEP_MS)));
    setTimeout(turn, wait() + 20);
  };
  await turn();
  // Phones stop the clocks of pages that nobody looks at.
  document.addEventListener("visibilitychange", async () => {
    if (!document.hidden) draw(qr, await codeOf(device, Math.floor(now() / STEP_MS)));
  });
}

// --- An app of its own, with its last state ----------------------------------------------------------------------------
async function keep() {
  if (!("serviceWorker" in navigator) || isKept) return null;
  navigator.serviceWorker.addEventListener("message", (event) => { if (event.data === "changed") look(); });
  return navigator.serviceWorker.register(`${card}/worker.js`, { scope: card });
}

function look() {
  // Nothing is taken from under somebody who is showing a voucher.
  if (!document.querySelector("details[open]")) location.reload();
}

let shownAt = Date.now();
document.addEventListener("visibilitychange", () => {
  if (document.hidden) { shownAt = Date.now(); return; }
  if (navigator.onLine && Date.now() - shownAt > FRESH_MS) look();
});
addEventListener("online", look);

addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  const offer = document.getElementById("install");
  if (!offer) return;
  offer.hidden = false;
  offer.querySelector("button").onclick = async () => { await event.prompt(); offer.hidden = true; };
});

// --- Being told of changes (web push) ----------------------------------------------------------------------------------
async function offerPush(registration) {
  const box = document.getElementById("push");
  if (!box || !registration || !("PushManager" in window) || !("Notification" in window)) return;
  const [offer, told, refused] = box.children;
  const key = Uint8Array.from(atob(box.dataset.key.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
  const manager = registration.pushManager;
  const show = (which) => { for (const one of box.children) one.hidden = one !== which; };
  const isOurs = (found) => String(new Uint8Array(found.options.applicationServerKey || [])) === String(key);
  const subscribe = async () => {
    const made = await manager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
    const answer = await post("push", { subscription: JSON.stringify(made) });
    show(answer.ok ? told : offer);
  };
  const found = await manager.getSubscription();
  if (found && !isOurs(found)) await found.unsubscribe();
  offer.querySelector("button").onclick = () => subscribe().catch(() => show(Notification.permission === "denied" ? refused : offer));
  told.querySelector("button").onclick = async () => {
    const mine = await manager.getSubscription();
    if (mine) {
      await post("push", { subscription: JSON.stringify(mine), stop: "1" });
      await mine.unsubscribe();
    }
    show(offer);
  };
  box.hidden = false;
  if (Notification.permission === "denied") show(refused);
  // Said again at each visit: browsers change where they are told.
  else if (found && isOurs(found)) await subscribe().catch(() => show(offer));
  else show(offer);
}

rotate();
keep().then((registration) => registration && navigator.serviceWorker.ready.then(offerPush)).catch(() => null);
