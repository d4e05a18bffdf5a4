// The guided tour: five steps, each a button that does what it says with the things on the page.
"use strict";

const STEP_MS = 20000;
const MOST_STEPS = 6;

function once(kind, fits = () => true) {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(kind)), STEP_MS);
    const does = (event) => {
      if (!fits(event)) return;
      hears[kind] = hears[kind].filter((one) => one !== does);
      clearTimeout(late);
      resolve(event);
    };
    on(kind, does);
  });
}
// Goes through the line's menu as somebody does who listens: the number and the PIN where they are asked for, else the
// first choice, and first of all the other language where it isn't one's own.
async function keyed() {
  let changed = false;
  for (let steps = 0; steps < MOST_STEPS; steps += 1) {
    const [said, asked] = await Promise.all([once("said"), once("listening")]);
    const foreign = !said.parts.some((part) => part.language.startsWith("en")) && language === "en";
    const keys = { 12: shownCase.number, 6: shownCase.pin }[asked.digits] || (foreign && !changed ? "9" : "1");
    changed ||= keys === "9";
    quiet();
    await act("press", { keys });
    if (keys === shownCase.pin) return;
  }
}
const TOUR = {
  ask: () => {
    show_("phone");
    return act("text", { words: word("try.text.status", shownCase) });
  },
  call: async () => {
    show_("phone");
    await free();
    const all = keyed();
    await dial();
    await all;
  },
  follow: async () => {
    show_("chat");
    await act("write", { words: `/start ${shownCase.token}` });
    await once("chat", (event) => event.by === "centre" && event.buttons.length > 0);
    buttonSaying(word("choice.follow"))?.click();
  },
  move: () => {
    show_("desk");
    return advance();
  },
  lost: async () => {
    show_("phone");
    await free();
    document.getElementById("order").value = "lost";
    document.getElementById("blocked").checked = true;
    await act("order", { how: "lost" });
    await act("block", { blocked: true });
    await advance();
  },
};
// The usual next steps, until one that the applicant is told of.
async function advance() {
  for (let steps = 0; steps < MOST_STEPS; steps += 1) {
    const changed = once("case");
    const [to] = shownCase.steps;
    if (!(await (to ? act("move", { to }) : act("open")))) return;
    if ((await changed).is_told) return;
  }
}
// Whoever talks already can't be called.
async function free() {
  if (call.dataset.state === "idle") return;
  const over = once("hung_up");
  document.getElementById("hang-up").click();
  await over;
}
function show_(what) {
  document.getElementById(what).scrollIntoView({ block: "nearest" });
}
for (const button of document.querySelectorAll("[data-tour]")) {
  button.addEventListener("click", async () => {
    if (!shownCase) return;
    button.disabled = true;
    try {
      await TOUR[button.dataset.tour]();
      button.closest("li").classList.add("done");
    } catch {
      fault(word("try.fault.not_done"));
    } finally {
      button.disabled = false;
    }
  });
}
