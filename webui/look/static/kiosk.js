// The frame of every touch screen: the person's settings, the end of their time, keys, reading aloud, the network.
"use strict";

const root = document.documentElement;
const HOME = "/kiosk/";
const WARN_S = 15;
const ALIVE_EVERY_MS = 20000;
const SCANNED_WITHIN_MS = 120;
const NUMBER_WITHIN_MS = 1000;

// What one person leaves: nothing. Whatever a screen was told is in its document alone, and goes with it.
const ends = [];
function end() {
  ends.forEach((each) => each());
  document.getElementById("main").replaceChildren();
  sessionStorage.clear();
  speechSynthesis?.cancel();
  location.replace(HOME);
}
window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
document.addEventListener("click", (event) => {
  const to = event.target.closest("[data-end]");
  if (to) { event.preventDefault(); end(); }
});

// Idle: a warning that can be waved away, then the end. The first screen has nothing to end.
const idleDialog = document.getElementById("idle");
let touched = Date.now();
function stir() { touched = Date.now(); if (idleDialog.open) idleDialog.close(); }
for (const kind of ["pointerdown", "keydown", "wheel", "touchmove"]) document.addEventListener(kind, stir, { passive: true });
function isClean() { return location.pathname === HOME && !root.className; }
setInterval(() => {
  const left = Number(root.dataset.idle) - Math.floor((Date.now() - touched) / 1000);
  if (isClean()) return;
  if (left <= 0) end();
  else if (left <= WARN_S) {
    document.getElementById("idle-left").textContent = left;
    if (!idleDialog.open) idleDialog.showModal();
  }
}, 500);

// Size, contrast, height
function wear(name, on) {
  root.classList.toggle(name, on);
  sessionStorage.setItem("look", root.className);
}
const SIZES = ["", "size-2", "size-3"];
document.getElementById("size").addEventListener("click", () => {
  const now = SIZES.findIndex((size) => size && root.classList.contains(size));
  const next = SIZES[(Math.max(now, 0) + 1) % SIZES.length];
  for (const size of SIZES.slice(1)) wear(size, size === next);
});
for (const [id, name] of [["contrast", "contrast"], ["lower", "lowered"]]) {
  const button = document.getElementById(id);
  button.setAttribute("aria-pressed", root.classList.contains(name));
  button.addEventListener("click", () => {
    wear(name, !root.classList.contains(name));
    button.setAttribute("aria-pressed", root.classList.contains(name));
  });
}

// Reading aloud
const reader = document.getElementById("read");
if (!window.speechSynthesis) reader.hidden = true;
reader.addEventListener("click", () => {
  const reading = reader.getAttribute("aria-pressed") === "true";
  speechSynthesis.cancel();
  reader.setAttribute("aria-pressed", !reading);
  if (reading) return;
  const words = new SpeechSynthesisUtterance((document.querySelector("dialog[open]") || document.getElementById("main")).innerText);
  words.lang = root.lang;
  words.rate = 0.9;
  words.onend = () => reader.setAttribute("aria-pressed", "false");
  speechSynthesis.speak(words);
});
ends.push(() => speechSynthesis?.cancel());

// A sentence over the screen
const saidDialog = document.getElementById("said");
function tell(sentence) {
  document.getElementById("said-text").textContent = sentence;
  if (!saidDialog.open) saidDialog.showModal();
}
document.getElementById("said-close").addEventListener("click", () => saidDialog.close());
document.addEventListener("click", (event) => {
  const show = event.target.closest("[data-show]");
  if (show) document.getElementById(show.dataset.show).showModal();
  if (event.target.closest("[data-close]")) event.target.closest("dialog").close();
});

// Asking the server: what it answers, or null when it can't be reached, which is said.
async function send(address, fields) {
  try {
    const body = fields instanceof Blob ? fields : new URLSearchParams(fields);
    const answer = await fetch(address, { method: "POST", body, cache: "no-store", signal: AbortSignal.timeout(15000) });
    return answer.status === 204 ? {} : { ok: answer.ok, ...(await answer.json()) };
  } catch {
    lost(true);
    tell(document.getElementById("lost").textContent);
    return null;
  }
}
document.addEventListener("click", async (event) => {
  const print = event.target.closest("[data-item][data-print]");
  if (!print) return;
  const answer = await send(`${root.dataset.at}print`, { item: print.dataset.item });
  if (answer) tell(answer.say);
});
document.getElementById("paper")?.addEventListener("click", () => print());

// Tabs
for (const tab of document.querySelectorAll('[role="tab"]')) {
  tab.addEventListener("click", () => choose(tab));
  tab.addEventListener("keydown", (event) => {
    const all = [...document.querySelectorAll('[role="tab"]')];
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = all[(all.indexOf(tab) + step + all.length) % all.length];
    choose(next);
    next.focus();
  });
}
function choose(tab) {
  for (const each of document.querySelectorAll('[role="tab"]')) {
    const on = each === tab;
    each.setAttribute("aria-selected", on);
    each.tabIndex = on ? 0 : -1;
    document.getElementById(each.getAttribute("aria-controls")).hidden = !on;
  }
}

// A keypad, and a scanner, which types fast and ends with Enter: what it types is nobody's choice.
const scans = [];
let typed = "";
let typedAt = 0;
let waiting = 0;
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.matches("input[type=text], textarea")) return;
  if (Date.now() - typedAt > SCANNED_WITHIN_MS) typed = "";
  typedAt = Date.now();
  if (event.key === "Enter" && typed.length > 5) {
    clearTimeout(waiting);
    event.preventDefault();
    const scanned = typed;
    typed = "";
    scans.forEach((each) => each(scanned));
    if (scans.length === 0) begin(scanned);
    return;
  }
  if (event.key.length !== 1 && event.key !== "Backspace") return;
  clearTimeout(waiting);
  if (event.key.length === 1) typed += event.key;
  if (typed.length > 1) return;
  const key = event.key;
  waiting = setTimeout(() => press(key), SCANNED_WITHIN_MS);
});
function press(key) {
  if (document.querySelector("dialog[open]")) return;
  if (document.dispatchEvent(new CustomEvent("padkey", { detail: key, cancelable: true })) === false) return;
  if (/^\d$/.test(key)) return number(key);
  const target = reachable().find((one) => one.dataset.key === key);
  if (target) target.click();
  else if (key === "*" || key === "Backspace") document.querySelector("[data-back]")?.click();
  else if (key === "#") end();
}
// A line is chosen by its number, of several digits too: at once where no other begins alike, else after a moment.
let pad = "";
let padWaits = 0;
function reachable() { return [...document.querySelectorAll("[data-key]")].filter((one) => one.offsetParent); }
function number(key) {
  clearTimeout(padWaits);
  pad += key;
  const alike = reachable().filter((one) => one.dataset.key.startsWith(pad));
  const act = () => { const chosen = pad; pad = ""; alike.find((one) => one.dataset.key === chosen)?.click(); };
  if (alike.length > 1) padWaits = setTimeout(act, NUMBER_WITHIN_MS);
  else act();
}
// A receipt is scanned on any screen: go where it is told, carrying the code in the memory of this tab alone.
function begin(scanned) {
  if (!tokenOf(scanned)) return;
  sessionStorage.setItem("scanned", scanned);
  location.assign(`${root.dataset.at}case`);
}
function tokenOf(scanned) {
  const found = /\/q\/([A-Za-z0-9_-]{20,64})(?:[/?#].*)?$/.exec(scanned.trim());
  return found ? found[1] : "";
}

// The network
function lost(is) {
  const bar = document.getElementById("lost");
  document.getElementById("made").textContent = new Date(root.dataset.made)
    .toLocaleString(root.lang, { dateStyle: "short", timeStyle: "short" });
  bar.hidden = !is;
}
async function live() {
  try {
    const answer = await fetch(`${HOME}alive`, { cache: "no-store", signal: AbortSignal.timeout(8000) });
    if (!answer.ok) throw new Error("not alive");
    const told = await answer.json();
    root.dataset.printer = told.printer;
    const wasLost = !document.getElementById("lost").hidden;
    lost(false);
    // What was kept while the network was lost is old: the first screen is fetched anew.
    if (wasLost && isClean()) location.reload();
  } catch {
    lost(true);
  }
}
live();
setInterval(live, ALIVE_EVERY_MS);
navigator.serviceWorker?.register(`${HOME}worker.js`, { scope: HOME }).catch(() => {});
document.addEventListener("contextmenu", (event) => event.preventDefault());
