// Trying everything on one page: a visit of one's own, what is done sent to the server, what happens heard from it.
"use strict";

const root = document.getElementById("try");
const texts = JSON.parse(root.dataset.words);
const language = root.dataset.language;
const AGAIN_MS = 3000;
const hears = {};
let visit = null;
let stream = null;
// What happened before the page was loaded is shown, but neither rings nor speaks again.
let live = false;

function word(key, values = {}) {
  return (texts[key] || key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}
function on(kind, does) {
  (hears[kind] ||= []).push(does);
}
function fault(sentence) {
  const told = document.getElementById("try-fault");
  told.textContent = sentence;
  told.hidden = !sentence;
}
async function post(address, sent) {
  return fetch(address, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(sent) });
}
// Whether it was done; what wasn't is said.
async function act(what, fields = {}) {
  if (!visit) return false;
  fault("");
  try {
    const answer = await post(`/try/visits/${visit.id}`, { what, ...fields });
    if (!answer.ok) fault(word(answer.status === 429 ? "try.fault.often" : "try.fault.not_done"));
    return answer.ok;
  } catch {
    fault(word("try.fault.lost"));
    return false;
  }
}
// Kept as the name of the window: the kiosk beside it empties the storage of the tab with each person's end.
const NAME = "haoban-try:";
function remember(what) {
  window.name = what ? NAME + JSON.stringify(what) : "";
}
function remembered() {
  try {
    return window.name.startsWith(NAME) ? JSON.parse(window.name.slice(NAME.length)) : null;
  } catch {
    return null;
  }
}
function leave() {
  remember(null);
  location.reload();
}
async function begin() {
  const answer = await post("/try/visits", {});
  if (!answer.ok) return fault(word({ 429: "try.fault.often", 503: "try.fault.full" }[answer.status] || "try.fault.lost"));
  visit = await answer.json();
  remember(visit);
  return listen();
}
function listen() {
  document.getElementById("own-number").textContent = visit.number.replace(/^\+86/, "");
  live = false;
  stream = new EventSource(`/try/visits/${visit.id}/events`);
  stream.onopen = () => fault("");
  stream.onmessage = (message) => {
    const event = JSON.parse(message.data);
    if (event.kind === "now") live = true;
    (hears[event.kind] || []).slice().forEach((does) => does(event));
  };
  stream.onerror = () => {
    live = false;
    fault(word("try.fault.lost"));
    if (stream.readyState === EventSource.CLOSED) setTimeout(comeBack, AGAIN_MS);
  };
  document.dispatchEvent(new Event("visit"));
}
// A stream that was refused: either the program knows nobody of before, or it is to be tried once more.
async function comeBack() {
  const known = await fetch(`/try/visits/${visit.id}`).catch(() => null);
  if (known?.status === 404) leave();
  else listen();
}
on("now", (event) => {
  if (event.language !== language) act("language", { language });
});
on("fault", (event) => fault(word(event.status ? "try.fault.webhook" : "try.fault.no_answer", { status: event.status })));

function isChinese(sentence) {
  return /[\u4e00-\u9fff]/.test(sentence);
}
function bubble(thread, by, sentence) {
  const made = document.createElement("p");
  made.className = `bubble bubble-${by}`;
  made.lang = isChinese(sentence) ? "zh-CN" : "en";
  made.textContent = sentence;
  thread.append(made);
  thread.scrollTop = thread.scrollHeight;
  return made;
}
function quick(place, sentences, does) {
  place.replaceChildren(
    ...sentences.map((sentence) => {
      const made = document.createElement("button");
      made.type = "button";
      made.textContent = sentence;
      made.addEventListener("click", () => does(sentence));
      return made;
    }),
  );
}
document.getElementById("anew").addEventListener("click", leave);
window.addEventListener("pagehide", () => {
  if (!stream) return;
  stream.onerror = null;
  stream.close();
});
document.addEventListener("DOMContentLoaded", () => {
  visit = remembered();
  return visit ? listen() : begin();
});
