// Opens the till without a connection: the page as it was kept, and what it is made of. Everything else goes its own way.
const NAME = "regulars-till";
const TILL = new URL(self.registration.scope).pathname;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  const path = new URL(request.url).pathname;
  if (request.mode === "navigate" && (path === TILL || path.startsWith(`${TILL}/`))) {
    event.respondWith(fetch(request).catch(async () => (await (await caches.open(NAME)).match(TILL, { ignoreVary: true })) || Response.error()));
  } else if (request.mode !== "navigate" && ["style", "script", "font", "image"].includes(request.destination)) {
    event.respondWith(fetch(request).catch(async () => (await (await caches.open(NAME)).match(request, { ignoreVary: true })) || Response.error()));
  }
});
