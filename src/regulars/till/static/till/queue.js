// What is pressed without a connection: noted on this device, signed with its key, sent once when the connection is back (TIL-5).
const body = document.body;
const NAME = "regulars-till";
const HERE = "till-here";
const TOGETHER = 200;
const CURVE = { name: "ECDSA", namedCurve: "P-256" };
const SIGNING = { name: "ECDSA", hash: "SHA-256" };

const owner = () => body.dataset.staff || "";
const token = () => JSON.parse(body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] || "";
const base64 = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)));
const done = (request) => new Promise((yes, no) => { request.onsuccess = () => yes(request.result); request.onerror = () => no(request.error); });

let opened = null;

// Over plain http a browser has no keys: there nothing is noted, and the page says that nothing is counted.
// Nor does a page note anything that was opened for whoever was at the till before: not in another tab, not as it was kept.
export const canNote = () => Boolean(owner() && localStorage.getItem(HERE) === owner() && window.indexedDB && crypto.subtle);

export function beHere() { if (!body.dataset.offline) localStorage.setItem(HERE, owner()); }

// Somebody else takes over: what was kept of the page is of whoever was here.
export async function leaveHere() {
  localStorage.removeItem(HERE);
  if (window.caches) await (await caches.open(NAME)).delete(body.dataset.tillUrl);
}

function store() {
  opened ??= new Promise((yes, no) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("keys", { keyPath: "owner" });
      request.result.createObjectStore("queue", { keyPath: "id", autoIncrement: true });
    };
    request.onsuccess = () => yes(request.result);
    request.onerror = () => no(request.error);
  });
  return opened;
}

async function within(names, mode, work) {
  const change = (await store()).transaction(names, mode);
  const result = await work(...names.map((name) => change.objectStore(name)));
  return result;
}

// The device's key: made here, never to be taken out of the browser, registered for whoever signed in.
export async function registerDevice() {
  if (!canNote() || body.dataset.offline) return;
  const found = await within(["keys"], "readonly", (keys) => done(keys.get(owner())));
  const pair = found?.pair || await crypto.subtle.generateKey(CURVE, false, ["sign", "verify"]);
  const form = new FormData();
  form.append("public_key", base64(await crypto.subtle.exportKey("raw", pair.publicKey)));
  let answer;
  try {
    answer = await fetch(body.dataset.deviceUrl, { method: "POST", body: form, headers: { Accept: "application/json", "X-CSRFToken": token() } });
  } catch {
    return;
  }
  if (answer.redirected || !(answer.headers.get("Content-Type") || "").includes("json")) return;
  if (answer.ok) {
    const { device } = await answer.json();
    const behind = Date.parse(body.dataset.now) - performance.timeOrigin;
    await within(["keys"], "readwrite", async (keys) => {
      const now = await done(keys.get(owner()));
      await done(keys.put({ owner: owner(), pair, device, behind, sequence: now?.device === device ? now.sequence : 0 }));
    });
  } else if (found && (answer.status === 403 || answer.status === 404)) {
    // Revoked: what waits goes with the key that signed it; the next sign-in brings a new one.
    await within(["keys"], "readwrite", (keys) => done(keys.delete(owner())));
  }
}

// Notes something; false where this device cannot.
export async function note(entry) {
  if (!canNote()) return false;
  const made = await within(["keys", "queue"], "readwrite", async (keys, queue) => {
    const mine = await done(keys.get(owner()));
    if (!mine?.device) return null;
    mine.sequence += 1;
    await done(keys.put(mine));
    const payload = JSON.stringify({ device: mine.device, sequence: mine.sequence, at: new Date(Date.now() + mine.behind).toISOString(), ...entry });
    const kept = { owner: owner(), device: mine.device, sequence: mine.sequence, payload, signature: "" };
    kept.id = await done(queue.add(kept));
    return { kept, pair: mine.pair };
  });
  if (!made) return false;
  await sign(made.kept, made.pair);
  return true;
}

async function sign(kept, pair) {
  kept.signature = base64(await crypto.subtle.sign(SIGNING, pair.privateKey, new TextEncoder().encode(kept.payload)));
  await within(["queue"], "readwrite", (queue) => done(queue.put(kept)));
}

// How many wait: one's own, and a colleague's, who has to sign in to send them.
export async function countWaiting() {
  if (!canNote()) return { mine: 0, others: 0 };
  const all = await within(["queue"], "readonly", (queue) => done(queue.getAll()));
  const mine = all.filter((one) => one.owner === owner()).length;
  return { mine, others: all.length - mine };
}

let sending = false;

// Sends what waits; what came of it: how many are counted, how many need a look, and whether somebody has to sign in first.
export async function sendQueue() {
  const came = { counted: 0, conflicts: 0, refused: 0, signIn: false };
  if (sending || !canNote() || body.dataset.offline) return came;
  sending = true;
  try {
    const all = await within(["queue"], "readonly", (queue) => done(queue.getAll()));
    const mine = all.filter((one) => one.owner === owner()).sort((one, two) => one.sequence - two.sequence);
    for (const device of new Set(mine.map((one) => one.device))) {
      const notes = mine.filter((one) => one.device === device);
      for (let at = 0; at < notes.length; at += TOGETHER) {
        if (!await sendSome(device, notes.slice(at, at + TOGETHER), came)) return came;
      }
    }
  } finally {
    sending = false;
  }
  return came;
}

async function sendSome(device, notes, came) {
  const pair = (await within(["keys"], "readonly", (keys) => done(keys.get(owner()))))?.pair;
  for (const one of notes) if (!one.signature && pair) await sign(one, pair);
  const sent = { device, items: notes.map(({ payload, signature }) => ({ payload, signature })) };
  let answer;
  try {
    answer = await fetch(body.dataset.queueUrl, {
      method: "POST", body: JSON.stringify(sent), headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token() },
    });
  } catch {
    return false;
  }
  const isOurs = (answer.headers.get("Content-Type") || "").includes("json") && !answer.redirected;
  if (!isOurs) came.signIn = answer.redirected || answer.status === 401 || answer.status === 403;
  if (!isOurs || !answer.ok) return false;
  for (const { position, state } of (await answer.json()).items) {
    if (state === "later") continue;
    came[state === "done" ? "counted" : state === "conflict" ? "conflicts" : "refused"] += 1;
    await within(["queue"], "readwrite", (queue) => done(queue.delete(notes[position].id)));
  }
  return true;
}

// The page itself, for a start without a connection: a scan view that names nobody, and what it is made of.
export async function keepPage() {
  if (!("serviceWorker" in navigator) || !window.caches || body.dataset.offline) return;
  await navigator.serviceWorker.register(body.dataset.workerUrl, { scope: body.dataset.tillUrl });
  const kept = await caches.open(NAME);
  const shell = await fetch(body.dataset.shellUrl, { credentials: "same-origin" });
  if (!shell.ok || shell.redirected) return;
  const loaded = performance.getEntriesByType("resource").map((one) => one.name);
  const used = new Set(loaded.filter((url) => url.startsWith(body.dataset.staticUrl)));
  await kept.addAll([...used]);
  // What another version of the product was made of.
  for (const one of await kept.keys()) if (one.url.startsWith(body.dataset.staticUrl) && !used.has(one.url)) await kept.delete(one);
  await kept.put(body.dataset.tillUrl, shell);
}
