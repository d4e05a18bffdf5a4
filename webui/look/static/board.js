// Turns the board's screens one after the other, keeps them up to date, and says when the server is lost.
"use strict";

const LOST_AFTER_MS = 40000;
const MOST_PAGES = 30;
const screens = document.getElementById("screens");
const stale = document.getElementById("stale");
let shown = -1;
let heard = Date.now();

function turn() {
  const all = screens.querySelectorAll(".screen");
  if (all.length === 0) return;
  shown = (shown + 1) % all.length;
  all.forEach((screen, place) => screen.classList.toggle("shown", place === shown));
}

// What is too high for this screen goes on with the next: rows of a table, sentences of a text; nothing is cut off.
function fit() {
  for (const screen of [...screens.querySelectorAll(".screen")]) {
    let rest = screen;
    for (let pages = 0; rest && pages < MOST_PAGES; pages += 1) rest = overflow(rest);
  }
}
function overflow(screen) {
  const rows = screen.querySelector("tbody");
  const text = screen.querySelector(".board-text");
  const taken = [];
  if (text && isHigh(screen)) {
    const sentences = text.textContent.split(/(?<=[。！？；\n])/);
    while (sentences.length > 1 && isHigh(screen)) {
      taken.unshift(sentences.pop());
      text.textContent = sentences.join("");
    }
  }
  while (rows && rows.rows.length > 1 && isHigh(screen)) {
    taken.unshift(rows.lastElementChild);
    rows.lastElementChild.remove();
  }
  if (taken.length === 0) return null;
  const next = screen.cloneNode(true);
  next.classList.remove("shown");
  if (text) next.querySelector(".board-text").textContent = taken.join("");
  else next.querySelector("tbody").replaceChildren(...taken);
  screen.after(next);
  return next;
}
function isHigh(screen) {
  const last = screen.lastElementChild;
  return last !== null && last.getBoundingClientRect().bottom > screens.getBoundingClientRect().bottom + 1;
}

function show(picture) {
  screens.innerHTML = picture.html;
  fit();
  document.getElementById("at").textContent = picture.at;
  shown -= 1;
  turn();
}

function tell() {
  stale.hidden = Date.now() - heard < LOST_AFTER_MS && stale.dataset.lost !== "yes";
}

function tick() {
  const clock = document.getElementById("now");
  const form = { year: "numeric", month: "long", day: "numeric", weekday: "long", hour: "2-digit", minute: "2-digit" };
  clock.textContent = new Intl.DateTimeFormat(clock.dataset.form, { ...form, timeZone: "Asia/Shanghai", hour12: false }).format();
}

function listen() {
  const source = new EventSource(document.body.dataset.events);
  source.onmessage = (event) => {
    heard = Date.now();
    stale.dataset.lost = "no";
    show(JSON.parse(event.data));
    tell();
  };
  source.addEventListener("alive", () => { heard = Date.now(); stale.dataset.lost = "no"; tell(); });
  source.onopen = () => { heard = Date.now(); stale.dataset.lost = "no"; tell(); };
  source.onerror = () => {
    stale.dataset.lost = "yes";
    tell();
    // A browser gives up on its own after an answer that is no stream: begin again.
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, 5000);
  };
}

document.body.classList.add("board-live");
fit();
turn();
tick();
listen();
setInterval(turn, 1000 * Number(document.body.dataset.seconds));
setInterval(() => { tick(); tell(); }, 1000);
