// The guided tour: five steps, each a button that does what it says, done when what it promises has happened.
"use strict";

const STEP_MS = 20000;
const LISTEN_MS = 2500;
const KEY_MS = 160;
const MOST_STEPS = 6;

// The next event of a kind that fits. Rejects when none comes in time.
function once(kind, fits = () => true) {
  return new Promise((resolve, reject) => {
    const forget = () => { hears[kind] = hears[kind].filter((one) => one !== does); };
    const late = setTimeout(() => { forget(); reject(new Error(kind)); }, STEP_MS);
    const does = (event) => {
      if (!fits(event)) return;
      forget();
      clearTimeout(late);
      resolve(event);
    };
    on(kind, does);
  });
}
// Nobody may wait for it any more, and then it is no fault that it never comes.
function expecting(...all) {
  all.forEach((one) => one.catch(() => {}));
  return all;
}
async function does(...what) {
  if (!(await act(...what))) throw new Error(what[0]);
}
function pause(ms) {
  return new Promise((over) => { setTimeout(over, ms); });
}
const byCentre = (event) => event.by === "centre";

// Keys one after the other, as a finger presses them.
async function keyIn(keys) {
  for (const key of keys) {
    const button = document.querySelector(`#keys [data-key="${key}"]`);
    button.classList.add("pressed");
    tone(key);
    await pause(KEY_MS);
    button.classList.remove("pressed");
  }
  quiet();
  await does("press", { keys });
}
// Goes through the line's menu as somebody does who listens: the number and the PIN where they are asked for, else the
// first choice, and first of all the other language where it isn't one's own.
async function goThrough() {
  let changed = false;
  for (let steps = 0; steps < MOST_STEPS; steps += 1) {
    const [said, asked] = await Promise.all(next);
    await Promise.race([spoken, pause(LISTEN_MS)]);
    const foreign = language === "en" && !said.parts.some((part) => part.language.startsWith("en"));
    const keys = { 12: shownCase.number, 6: shownCase.pin }[asked.digits] || (foreign && !changed ? "9" : "1");
    changed ||= keys === "9";
    next = expecting(once("said"), once("listening"));
    await keyIn(keys);
    if (keys === shownCase.pin) return next[0];
  }
  throw new Error("call");
}
let next = [];

const TOUR = {
  ask: async () => {
    see("texts");
    const [told] = expecting(once("text", byCentre));
    await does("text", { words: word("try.text.status", shownCase) });
    await told;
  },
  call: async () => {
    await free();
    see("call");
    next = expecting(once("said"), once("listening"));
    if (!(await dial())) throw new Error("dial");
    await goThrough();
  },
  follow: async () => {
    see("chats");
    const [shown] = expecting(once("chat", (event) => byCentre(event) && event.buttons.length > 0));
    await does("write", { words: `/start ${shownCase.token}` });
    await shown;
    const button = buttonSaying(...texts.follow);
    if (!button) return; // it is followed already
    const [told] = expecting(once("chat", byCentre));
    button.click();
    await told;
  },
  move: async () => {
    see("desk");
    const told = expecting(once("chat", byCentre), once("text", byCentre));
    await advance();
    await Promise.any(told);
  },
  lost: async () => {
    await free();
    await orderly("lost", true);
    see("call");
    const [ringing] = expecting(once("ringing"));
    await advance();
    await ringing;
    document.getElementById("answer").focus({ preventScroll: true });
  },
};
// The usual next steps, until one that the applicant is told of.
async function advance() {
  for (let steps = 0; steps < MOST_STEPS; steps += 1) {
    const [changed] = expecting(once("case"));
    const [to] = shownCase.steps;
    await (to ? does("move", { to }) : does("open"));
    if ((await changed).is_told) return;
  }
}
// Whoever talks already can't be called.
async function free() {
  if (call.dataset.state === "idle") return;
  const [over] = expecting(once("hung_up"));
  document.getElementById("hang-up").click();
  await over;
}
async function orderly(how, blocked) {
  if (orderBox.value === how && blockedBox.checked === blocked) return;
  if (!(await order(how, blocked))) throw new Error("order");
}
function see(what) {
  document.getElementById(what).scrollIntoView({ block: "nearest" });
}
for (const button of document.querySelectorAll("[data-tour]")) {
  button.addEventListener("click", async () => {
    if (!shownCase || !live) return;
    const step = button.dataset.tour;
    button.setAttribute("aria-busy", "true");
    button.disabled = true;
    try {
      if (step !== "lost") await orderly("ok", false);
      await TOUR[step]();
      button.closest("li").classList.add("done");
    } catch {
      if (document.getElementById("try-fault").hidden) fault(word("try.fault.not_done"));
    } finally {
      button.disabled = false;
      button.removeAttribute("aria-busy");
    }
  });
}
