// The telephone: text messages, and calls that are heard, keyed and spoken.
"use strict";

const thread = document.getElementById("texts");
const call = document.getElementById("call");
const saidBox = document.getElementById("said");
const loud = document.getElementById("loud");
const READ_MS = 90;
let ring = 0;
let sounds = null;
let saying = 0;
// Done when what was said last is over.
let spoken = Promise.resolve();

// Text messages
on("text", (event) => {
  bubble(thread, event.by, event.words);
  if (event.by === "centre" && live) buzz();
});
document.getElementById("text-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const box = document.getElementById("text-words");
  if (box.value.trim()) act("text", { words: box.value.trim() });
  box.value = "";
});
function textQuick(event) {
  const asks = [word("try.text.status", event), word("try.text.lost_card"), word("try.text.help")];
  quick(document.getElementById("text-quick"), asks, (words) => act("text", { words }));
}
on("case", textQuick);
on("now", (event) => { if (event.case.number) textQuick(event.case); });
function shake(how) {
  if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(how);
}
function buzz() {
  shake(120);
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const moves = [{ translate: "0" }, { translate: "3px" }, { translate: "-3px" }, { translate: "0" }];
  document.querySelector(".try-phone .try-frame").animate?.(moves, { duration: 120, iterations: 3 });
}

// Calls
function showCall(state, sentence) {
  call.dataset.state = state;
  document.getElementById("call-state").textContent = sentence;
  document.getElementById("dial").hidden = state !== "idle";
  document.getElementById("answer").hidden = state !== "ringing";
  document.getElementById("hang-up").hidden = state === "idle";
  clearInterval(ring);
}
document.getElementById("dial").addEventListener("click", dial);
async function dial() {
  unlock();
  saidBox.replaceChildren();
  showCall("talking", word("try.call.dialling"));
  const done = await act("dial");
  if (!done) showCall("idle", word("try.call.idle"));
  return done;
}
document.getElementById("answer").addEventListener("click", answer);
function answer() {
  unlock();
  saidBox.replaceChildren();
  showCall("talking", word("try.call.talking"));
  return act("answer");
}
document.getElementById("hang-up").addEventListener("click", () => {
  quiet();
  act(call.dataset.state === "ringing" ? "decline" : "hang_up");
});
document.getElementById("keys").addEventListener("click", (event) => {
  const key = event.target.closest("button")?.dataset.key;
  if (!key) return;
  tone(key);
  quiet();
  act("press", { keys: key });
});
document.getElementById("speak-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const box = document.getElementById("speak-words");
  if (!box.value.trim()) return;
  quiet();
  bubble(saidBox, "me", box.value.trim());
  act("speak", { words: box.value.trim() });
  box.value = "";
});
function rings() {
  showCall("ringing", word("try.call.ringing"));
  document.title = word("try.call.ringing");
  const once = () => { tone("1", 0.4); shake([300, 200, 300]); };
  once();
  ring = setInterval(once, 1500);
}
function listens(digits) {
  showCall("talking", word(digits > 1 ? "try.call.number" : "try.call.choose", { n: digits }));
}
on("ringing", () => { if (live) rings(); });
on("said", (event) => {
  event.parts.forEach((part) => bubble(saidBox, "centre", part.words).setAttribute("lang", part.language));
  if (!live) return;
  showCall("talking", word("try.call.talking"));
  speak(event.parts);
});
on("listening", (event) => { if (live) listens(event.digits); });
on("hung_up", (event) => {
  if (!live) return;
  quiet();
  document.title = word("try.title");
  showCall("idle", word(`try.call.${event.why.replace("-", "_")}`));
});
on("now", (event) => {
  if (event.call.state === "ringing") rings();
  else if (event.call.state === "talking") listens(event.call.digits);
  else if (call.dataset.state !== "idle") showCall("idle", word("try.call.idle"));
});

// The voice: one of the browser's that speaks the language; without, what is said is given the time to be read.
function voiceFor(tag) {
  const wanted = tag.replace("cmn", "zh").slice(0, 2).toLowerCase();
  return loud.checked ? window.speechSynthesis?.getVoices().find((one) => one.lang.toLowerCase().startsWith(wanted)) : null;
}
function speak(parts) {
  quiet();
  const turn = (saying += 1);
  spoken = new Promise((over) => {
    const done = () => {
      if (turn === saying) act("heard");
      over();
    };
    const voices = parts.map((part) => voiceFor(part.language));
    if (!voices.every(Boolean)) {
      setTimeout(done, 400 + parts.reduce((sum, part) => sum + part.words.length, 0) * READ_MS);
      return;
    }
    const all = parts.map((part, place) => {
      const one = new SpeechSynthesisUtterance(part.words);
      one.voice = voices[place];
      one.lang = voices[place].lang;
      return one;
    });
    all.at(-1).onend = done;
    all.at(-1).onerror = done;
    all.forEach((one) => speechSynthesis.speak(one));
  });
}
function quiet() {
  saying += 1;
  window.speechSynthesis?.cancel();
}
window.speechSynthesis?.getVoices();
function unlock() {
  sounds ||= new AudioContext();
  sounds.resume();
}
const ROWS = [697, 770, 852, 941];
const COLUMNS = [1209, 1336, 1477];
function tone(key, seconds = 0.12) {
  if (!loud.checked || !sounds) return;
  const place = "123456789*0#".indexOf(key);
  const volume = sounds.createGain();
  volume.gain.value = 0.05;
  volume.connect(sounds.destination);
  for (const pitch of [ROWS[Math.floor(place / 3)], COLUMNS[place % 3]]) {
    const wave = sounds.createOscillator();
    wave.frequency.value = pitch;
    wave.connect(volume);
    wave.start();
    wave.stop(sounds.currentTime + seconds);
  }
}
document.addEventListener("pointerdown", unlock, { once: true });
