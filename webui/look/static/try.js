// Trying everything on one page: a visit of one's own, what is done sent to the server, what happens heard from it.
"use strict";

const root = document.getElementById("try");
const texts = JSON.parse(root.dataset.words);
const language = root.dataset.language;
const FRESH_MS = 4000;
const hears = {};
let visit = null;
let stream = null;

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
// What happened before the page was loaded is shown, but neither rings nor speaks again.
function isFresh(event) {
  return Date.now() - event.at < FRESH_MS;
}
async function act(what, fields = {}) {
  if (!visit) return false;
  fault("");
  try {
    const answer = await fetch(`/try/visits/${visit.id}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ what, ...fields }),
    });
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
  return window.name.startsWith(NAME) ? JSON.parse(window.name.slice(NAME.length)) : null;
}
function leave() {
  remember(null);
  location.reload();
}
async function begin() {
  const answer = await fetch("/try/visits", { method: "POST" });
  if (!answer.ok) return fault(word(answer.status === 429 ? "try.fault.often" : "try.fault.lost"));
  visit = await answer.json();
  remember(visit);
  return listen();
}
function listen() {
  document.getElementById("own-number").textContent = visit.number.replace(/^\+86/, "");
  stream = new EventSource(`/try/visits/${visit.id}/events`);
  stream.onmessage = (message) => {
    fault("");
    const event = JSON.parse(message.data);
    (hears[event.kind] || []).forEach((does) => does(event));
  };
  stream.onerror = () => {
    fault(word("try.fault.lost"));
    // A closed stream was refused: the program was started anew, and knows nobody of before.
    if (stream.readyState === EventSource.CLOSED) leave();
  };
  document.dispatchEvent(new Event("visit"));
}
function bubble(thread, by, sentence) {
  const made = document.createElement("p");
  made.className = `bubble bubble-${by}`;
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
on("fault", (event) => fault(word("try.fault.webhook", { about: event.about })));

window.addEventListener("pagehide", () => {
  if (!stream) return;
  stream.onerror = null;
  stream.close();
});
document.addEventListener("DOMContentLoaded", () => {
  visit = remembered();
  return visit ? listen() : begin();
});
