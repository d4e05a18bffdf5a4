// Staff key in their PIN and see how the device is.
"use strict";

const ask = document.getElementById("ask");
const told = document.getElementById("told");
let pin = "";

function draw() { document.getElementById("digits").textContent = "●".repeat(pin.length); }
async function ask_(fields) {
  const answer = await send(ask.dataset.sent, { pin, ...fields });
  if (!answer) return;
  if (answer.html) {
    told.innerHTML = answer.html;
    told.hidden = false;
    ask.hidden = true;
  } else if (ask.hidden) tell(answer.say);
  else {
    const wrong = document.getElementById("wrong");
    wrong.textContent = answer.say;
    wrong.hidden = false;
    pin = "";
    draw();
  }
}
function key(what) {
  if (what === "enter") return ask_({});
  if (what === "delete") pin = pin.slice(0, -1);
  else if (pin.length < 12) pin += what;
  draw();
}
document.getElementById("pad").addEventListener("click", (event) => {
  const { digit, do: what } = event.target.closest("button")?.dataset || {};
  if (digit || what) key(digit || what);
});
document.addEventListener("padkey", (event) => {
  if (!/^\d$/.test(event.detail) || ask.hidden) return;
  event.preventDefault();
  key(event.detail);
});
document.addEventListener("keydown", (event) => { if (event.key === "Enter" && !ask.hidden) key("enter"); });
told.addEventListener("click", (event) => {
  const what = event.target.closest("[data-staff]")?.dataset.staff;
  if (what === "print") ask_({ do: "print" });
  if (what === "reload") caches.keys().then((all) => Promise.all(all.map((one) => caches.delete(one)))).then(end);
});
ends.push(() => { pin = ""; told.replaceChildren(); });
draw();
