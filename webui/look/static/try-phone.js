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

// Text messages
on("text", (event) => {
  bubble(thread, event.by, event.words);
  if (event.by === "centre" && isFresh(event)) buzz();
});
document.getElementById("text-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const box = document.getElementById("text-words");
  if (box.value.trim()) act("text", { words: box.value.trim() });
  box.value = "";
});
on("case", (event) => {
  const asks = [word("try.text.status", event), word("try.text.lost_card"), word("try.text.help"), "TD"];
  quick(document.getElementById("text-quick"), asks, (words) => act("text", { words }));
});
function shake(how) {
  if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(how);
}
function buzz() {
  shake(120);
  document.querySelector(".try-phone .try-frame").animate?.(
    matchMedia("(prefers-reduced-motion: reduce)").matches ? [] : [{ translate: "0" }, { translate: "3px" }, { translate: "-3px" }, { translate: "0" }],
    { duration: 120, iterations: 3 },
  );
}

// Calls
function show(state, sentence) {
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
  show("talking", word("try.call.dialling"));
  if (!(await act("dial"))) show("idle", word("try.call.idle"));
}
document.getElementById("answer").addEventListener("click", answer);
function answer() {
  unlock();
  saidBox.replaceChildren();
  show("talking", word("try.call.talking"));
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
on("ringing", (event) => {
  if (!isFresh(event)) return;
  show("ringing", word("try.call.ringing"));
  document.title = word("try.call.ringing");
  const rings = () => { tone("1", 0.4); shake([300, 200, 300]); };
  rings();
  ring = setInterval(rings, 1500);
});
on("said", (event) => {
  show("talking", word("try.call.talking"));
  event.parts.forEach((part) => bubble(saidBox, "centre", part.words).setAttribute("lang", part.language));
  if (isFresh(event)) speak(event.parts);
});
on("listening", (event) => {
  if (call.dataset.state !== "ringing") {
    show("talking", word(event.digits > 1 ? "try.call.number" : "try.call.choose", { n: event.digits }));
  }
});
on("hung_up", (event) => {
  quiet();
  document.title = word("try.title");
  show("idle", word(`try.call.${event.why.replace("-", "_")}`));
});

// The voice: the browser's, where it has one; without, what is said is given the time to be read.
function speak(parts) {
  quiet();
  const turn = (saying += 1);
  const done = () => { if (turn === saying) act("heard"); };
  const voiced = loud.checked && window.speechSynthesis?.getVoices().length > 0;
  if (!voiced) {
    const letters = parts.reduce((sum, part) => sum + part.words.length, 0);
    setTimeout(done, 400 + letters * READ_MS);
    return;
  }
  const spoken = parts.map((part) => {
    const one = new SpeechSynthesisUtterance(part.words);
    one.lang = part.language.replace("cmn", "zh");
    return one;
  });
  spoken.at(-1).onend = done;
  spoken.at(-1).onerror = done;
  spoken.forEach((one) => speechSynthesis.speak(one));
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
