// The way of each message: every hop as a bar over the time since something was done.
"use strict";

const stories = document.getElementById("stories");
const MOST_STORIES = 6;
const hopsOf = new Map();

on("story", (event) => {
  const box = document.createElement("section");
  box.className = "story";
  box.hidden = true;
  box.dataset.story = event.story;
  const heading = document.createElement("h3");
  heading.textContent = word(event.what);
  const list = document.createElement("ol");
  box.append(heading, list);
  stories.prepend(box);
  hopsOf.set(event.story, []);
  // What led to nothing is not shown, and takes no room.
  const shown = [...stories.children].filter((one) => !one.hidden);
  for (const old of shown.slice(MOST_STORIES)) {
    hopsOf.delete(Number(old.dataset.story));
    old.remove();
  }
});
on("hop", (event) => {
  const hops = hopsOf.get(event.story);
  if (!hops) return;
  hops.push(event);
  hops.sort((one, other) => one.after - other.after);
  const whole = Math.max(20, ...hops.map((hop) => hop.after + hop.ms));
  const box = stories.querySelector(`[data-story="${event.story}"]`);
  box.hidden = false;
  box.querySelector("ol").replaceChildren(...hops.map((hop) => line(hop, whole)));
});
function line(hop, whole) {
  const made = document.createElement("li");
  made.className = `hop hop-${hop.hop}${isFailed(hop) ? " hop-failed" : ""}`;
  const name = document.createElement("span");
  name.className = "hop-name";
  name.textContent = word(`try.hop.${hop.hop}`);
  const about = document.createElement("span");
  about.className = "hop-about";
  about.textContent = [aboutOf(hop), hop.fault && word(`try.reason.${hop.fault}`)].filter(Boolean).join(" · ");
  const track = document.createElement("span");
  track.className = "hop-track";
  const bar = document.createElement("span");
  bar.className = "hop-bar";
  bar.style.marginLeft = `${(hop.after / whole) * 100}%`;
  bar.style.width = `${Math.max(0.6, (hop.ms / whole) * 100)}%`;
  track.append(bar);
  const time = document.createElement("span");
  time.className = "hop-time digits";
  time.textContent = word("try.way.time", { after: Math.round(hop.after), ms: hop.ms.toFixed(1) });
  made.append(name, about, track, time);
  return made;
}
function aboutOf(hop) {
  const words = { desk: "staff.status.", receipt: "staff.message.states." }[hop.hop] || "try.about.";
  return texts[words + hop.about] || hop.about;
}
function isFailed(hop) {
  return Boolean(hop.fault) || (hop.hop === "receipt" && ["failed", "expired"].includes(hop.about));
}
