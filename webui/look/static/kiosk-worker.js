// Keeps the last good copy of the guide for when the network is lost. Nothing personal is ever at these addresses.
"use strict";

const KEPT = "haoban-guide-1";
const GUIDE = /^\/kiosk\/(?:[a-z]{2,3}\/(?:(?:guide|words|found|items|forms|notices|case|rating)(?:\/.*)?)?)?$/;
const ASKED_WITHIN_MS = 5000;
const PAUSE_MS = 700;
const AGAIN_MS = 6 * 3600 * 1000;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(take()));
async function take() {
  for (const name of await caches.keys()) if (name !== KEPT) await caches.delete(name);
  await (await caches.open(KEPT)).add("/kiosk/");
  await self.clients.claim();
  copy();
  setInterval(copy, AGAIN_MS);
}

self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== location.origin) return;
  if (address.pathname.startsWith("/static/look/")) event.respondWith(once(event.request));
  else if (GUIDE.test(address.pathname) || address.pathname.startsWith("/kiosk/take/")) event.respondWith(fresh(event.request));
});

async function fresh(request) {
  const cache = await caches.open(KEPT);
  try {
    const answer = await Promise.race([fetch(request), tooLate()]);
    if (answer.ok && !answer.redirected) await cache.put(request, answer.clone());
    return answer;
  } catch {
    // An item is the same from whichever list it was opened.
    const loosely = { ignoreSearch: new URL(request.url).pathname.includes("/items/") };
    return (await cache.match(request, loosely)) || (await cache.match("/kiosk/")) || Response.error();
  }
}

function tooLate() {
  return new Promise((_, fail) => setTimeout(() => fail(new Error("the network is slow")), ASKED_WITHIN_MS));
}

// Files of the look are at addresses with their digests: kept is as good as fresh.
async function once(request) {
  const cache = await caches.open(KEPT);
  const kept = await cache.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) await cache.put(request, answer.clone());
  return answer;
}

// The whole guide, bit by bit, so that a poor network and the server's limits bear it.
async function copy() {
  try {
    const { pages } = await (await fetch("/kiosk/copy", { cache: "no-store" })).json();
    const cache = await caches.open(KEPT);
    for (const page of pages || []) {
      const answer = await fetch(page);
      if (answer.ok) await cache.put(page, answer);
      await new Promise((done) => setTimeout(done, PAUSE_MS));
    }
  } catch {
    // The network is lost: what is kept stands, and the next time is soon enough.
  }
}
