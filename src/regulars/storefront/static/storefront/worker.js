// Shows the last state of one card without a connection. It rules over the address of this card alone, and what it keeps is
// named by it, so nothing of one card is ever shown for another.
const CARD = self.location.pathname.replace(/\/worker\.js$/, "");
const KEPT = `regulars-card:${CARD}`;
const WAIT_MS = 6_000;
const PARTS = /(?:href|src|data-qr)="(\/[^"#]+)"/g;

self.addEventListener("install", (event) => {
  event.waitUntil(keepPage().then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => {
  event.waitUntil(self.clients.claim());
});

async function keepPage(answer) {
  const page = answer || await fetch(CARD, { credentials: "same-origin", cache: "no-store" });
  if (page.status === 404 || page.status === 410) { await forget(page.status === 404); return; }
  if (!page.ok || page.redirected) return;
  const text = await page.text();
  const kept = await caches.open(KEPT);
  const headers = new Headers(page.headers);
  headers.delete("content-encoding");
  headers.delete("content-length");
  await kept.put(CARD, new Response(text.replace("<html ", "<html data-offline "), { headers }));
  const wanted = new Set(Array.from(text.matchAll(PARTS), (found) => found[1].replaceAll("&amp;", "&")).filter(isPart));
  for (const one of await kept.keys()) {
    const address = new URL(one.url);
    if (isPart(address.pathname) && !wanted.has(address.pathname + address.search)) await kept.delete(one);
  }
  await Promise.all(Array.from(wanted, async (address) => {
    if (await kept.match(address)) return;
    const part = await fetch(address, { credentials: "same-origin" }).catch(() => null);
    if (part?.ok) await kept.put(address, part);
  }));
}

function isPart(address) {
  return address.startsWith("/static/") || /^\/c\/[^/]+\/(picture\/|icon-)/.test(address) && address.startsWith(`${CARD}/`);
}

async function forget(isGone) {
  await caches.delete(KEPT);
  if (isGone) await self.registration.unregister();
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    if (address.pathname === CARD) event.respondWith(newest(event, address));
    return;
  }
  if (isPart(address.pathname)) event.respondWith(part(request));
});

async function newest(event, address) {
  const asked = new AbortController();
  const tired = setTimeout(() => asked.abort(), WAIT_MS);
  try {
    const answer = await fetch(event.request, { signal: asked.signal });
    if (answer.status >= 500) throw new Error("not now");
    if (!address.search) event.waitUntil(keepPage(answer.clone()));
    return answer;
  } catch {
    const kept = await caches.open(KEPT);
    return await kept.match(CARD) || Response.error();
  } finally {
    clearTimeout(tired);
  }
}

async function part(request) {
  const kept = await caches.open(KEPT);
  return await kept.match(request) || fetch(request);
}

self.addEventListener("push", (event) => {
  let told = {};
  try { told = event.data.json(); } catch { /* a browser's own test */ }
  event.waitUntil(Promise.all([
    self.registration.showNotification(told.title || "", { body: told.body || "", tag: told.tag || "card", icon: `${CARD}/icon-192.png` }),
    keepPage().catch(() => null),
    self.clients.matchAll({ type: "window" }).then((open) => open.forEach((one) => one.postMessage("changed"))),
  ]));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(self.clients.matchAll({ type: "window" }).then((open) => {
    const mine = open.find((one) => new URL(one.url).pathname === CARD);
    return mine ? mine.focus() : self.clients.openWindow(CARD);
  }));
});
