// The hall: a small desk that takes the case further, the kiosk that reads its receipt, and the board.
"use strict";

const kioskFrame = document.getElementById("kiosk-frame");
const stepsBox = document.getElementById("case-steps");
const orderBox = document.getElementById("order");
const blockedBox = document.getElementById("blocked");
let shownCase = null;

// A screen is laid out for its own size, and made smaller as a whole.
const fits = new ResizeObserver((entries) => {
  for (const entry of entries) {
    const frame = entry.target.firstElementChild;
    frame.style.transform = `scale(${entry.contentRect.width / frame.offsetWidth})`;
  }
});
document.querySelectorAll(".try-screen").forEach((screen) => fits.observe(screen));
document.addEventListener("visit", () => { kioskFrame.src = `/kiosk/${language}/`; });

on("case", (event) => {
  const changed = shownCase && shownCase.number === event.number && shownCase.status !== event.status;
  showCase(event);
  if (changed && live && isIdle()) scan();
});
on("now", (event) => {
  if (event.case.number) showCase(event.case);
  orderBox.value = event.order;
  blockedBox.checked = event.blocked;
});
function showCase(event) {
  shownCase = event;
  document.getElementById("case-number").textContent = event.number.replace(/(\d{4})(?=\d)/g, "$1 ");
  document.getElementById("case-pin").textContent = event.pin.replace(/(\d{3})(?=\d)/g, "$1 ");
  const item = document.getElementById("case-item");
  item.textContent = (language === "en" && event.item_en) || event.item;
  item.lang = isChinese(item.textContent) ? "zh-CN" : "en";
  document.getElementById("case-status").textContent = word(`staff.status.${event.status}`);
  document.getElementById("case-untold").hidden = event.is_told;
  const code = document.getElementById("case-code");
  code.src = `/q/${event.token}/qr.svg`;
  code.hidden = false;
  showSteps(event.steps);
}
function showSteps(steps) {
  const all = steps.map((to) => [word(`staff.move.${to}`), () => act("move", { to })]);
  if (all.length === 0) all.push([word("try.desk.another"), () => act("open")]);
  const hadFocus = stepsBox.contains(document.activeElement);
  stepsBox.replaceChildren(
    ...all.map(([label, does], place) => {
      const made = document.createElement("button");
      made.type = "button";
      made.className = place === 0 ? "button" : "button button-quiet";
      made.textContent = label;
      made.addEventListener("click", does);
      return made;
    }),
  );
  if (hadFocus) stepsBox.firstElementChild.focus({ preventScroll: true });
}

// As a scanner does it: the kiosk's own script finds what was scanned in the memory of this tab, and asks.
function scan() {
  if (!shownCase) return;
  sessionStorage.setItem("scanned", `${location.origin}/q/${shownCase.token}`);
  kioskFrame.src = `/kiosk/${language}/case?${Date.now()}`;
}
document.getElementById("scan").addEventListener("click", scan);
// Whoever reads the guide at the kiosk isn't disturbed by a change of the case.
function isIdle() {
  try {
    const path = kioskFrame.contentWindow.location.pathname;
    return path === `/kiosk/${language}/` || path.endsWith("/case");
  } catch {
    return true;
  }
}

function order(how, blocked) {
  orderBox.value = how;
  blockedBox.checked = blocked;
  return act("order", { how, blocked });
}
orderBox.addEventListener("change", () => order(orderBox.value, blockedBox.checked));
blockedBox.addEventListener("change", () => order(orderBox.value, blockedBox.checked));
