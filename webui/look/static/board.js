// Turns the board's screens one after the other, keeps them up to date, and says when the server is lost.
"use strict";

const LOST_AFTER_MS = 40000;
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

function show(picture) {
  screens.innerHTML = picture.html;
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
turn();
tick();
listen();
setInterval(turn, 1000 * Number(document.body.dataset.seconds));
setInterval(() => { tick(); tell(); }, 1000);
