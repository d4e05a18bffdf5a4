// A case by its code, or by number and PIN; what is told stays in this document and goes with it.
"use strict";

const LENGTHS = { number: 12, pin: 6 };
const ask = document.getElementById("ask");
const told = document.getElementById("told");
const wrong = document.getElementById("wrong");
let step = "number";
let entered = { number: "", pin: "" };
let purpose = ask.dataset.purpose;

function forget() {
  entered = { number: "", pin: "" };
  step = "number";
  told.replaceChildren();
  wrong.hidden = true;
  stopCamera();
}
ends.push(forget);
window.addEventListener("pagehide", forget);

function draw() {
  const digits = entered[step];
  const shown = step === "pin" ? "●".repeat(digits.length).padEnd(6, "_") : digits.padEnd(12, "_");
  const size = step === "pin" ? 3 : 4;
  document.getElementById("digits").textContent = shown.replace(new RegExp(`(.{${size}})(?=.)`, "g"), "$1 ");
  document.getElementById("number-label").hidden = step !== "number";
  document.getElementById("pin-label").hidden = step !== "pin";
}
function sayWrong(sentence) {
  wrong.textContent = sentence;
  wrong.hidden = !sentence;
}
async function key(what) {
  if (!ask.isConnected || ask.hidden) return;
  sayWrong("");
  if (what === "delete") {
    if (!entered[step] && step === "pin") step = "number";
    entered[step] = entered[step].slice(0, -1);
  } else if (what === "clear") {
    entered = { number: "", pin: "" };
    step = "number";
  } else if (entered[step].length < LENGTHS[step]) entered[step] += what;
  draw();
  if (entered[step].length === LENGTHS[step] && /\d/.test(what)) await enter();
}
async function enter() {
  const sent = step === "number" ? { number: entered.number } : { ...entered };
  const answer = await send(ask.dataset.sent, { ...sent, purpose });
  if (!answer) return;
  if (answer.step) step = answer.step;
  else if (answer.html) return show(answer.html);
  else {
    sayWrong(answer.say);
    entered[step] = "";
  }
  draw();
}
function show(html) {
  stopCamera();
  told.innerHTML = html;
  told.hidden = false;
  ask.hidden = true;
  // Where the screen stands in a frame beside other things, it takes nobody's keyboard away.
  if (document.hasFocus()) told.focus();
  document.getElementById("main").scrollTop = 0;
}
async function scan(scanned) {
  const token = tokenOf(scanned);
  if (!token) return;
  const answer = await send(ask.dataset.sent, { token, purpose });
  if (!answer) return;
  if (answer.html) show(answer.html);
  else sayWrong(answer.say);
}
scans.push(scan);
const carried = sessionStorage.getItem("scanned");
sessionStorage.removeItem("scanned");
if (carried) scan(carried);

document.getElementById("pad").addEventListener("click", (event) => {
  const { digit, do: what } = event.target.closest("button")?.dataset || {};
  if (digit || what) key(digit || what);
});
document.addEventListener("padkey", (event) => {
  if (ask.hidden) return;
  if (/^\d$/.test(event.detail)) key(event.detail);
  else if (event.detail === "Backspace") key("delete");
  else return;
  event.preventDefault();
});

told.addEventListener("click", async (event) => {
  const token = event.target.closest("[data-token]")?.dataset.token;
  const print = event.target.closest("[data-print]")?.dataset.print;
  const score = event.target.closest("[data-score]")?.dataset.score;
  let answer = null;
  if (print) answer = await send(ask.dataset.printed, { token, what: print, ...(print === "receipt" ? entered : {}) });
  else if (score) answer = await send(ask.dataset.rated, { token, score });
  else if (event.target.closest("[data-again]")) {
    purpose = "rating";
    answer = await send(ask.dataset.sent, { token, purpose });
  }
  if (answer?.html) show(answer.html);
  else if (answer?.say) tell(answer.say);
});

// The built-in camera: a picture now and then, read by the server, shown to nobody else.
let camera = null;
let looking = 0;
const view = document.getElementById("view");
function stopCamera() {
  clearInterval(looking);
  camera?.getTracks().forEach((track) => track.stop());
  camera = null;
  if (view) view.hidden = true;
}
document.getElementById("camera")?.addEventListener("click", async () => {
  try {
    camera = await navigator.mediaDevices.getUserMedia({ video: { width: 1280 } });
  } catch {
    return;
  }
  view.srcObject = camera;
  view.hidden = false;
  await view.play();
  const canvas = document.createElement("canvas");
  looking = setInterval(() => {
    canvas.width = view.videoWidth;
    canvas.height = view.videoHeight;
    canvas.getContext("2d").drawImage(view, 0, 0);
    canvas.toBlob(async (picture) => {
      const answer = picture && camera && (await send(ask.dataset.camera, picture));
      if (answer?.html) show(answer.html);
    }, "image/jpeg", 0.8);
  }, 1000);
});

draw();
