// What the console does beyond forms: known data offered, all materials ticked at once, files dropped, keys, printing.
"use strict";

const one = (selector, within = document) => within.querySelector(selector);

function offerKnownData(form) {
  const told = one("[data-told]", form);
  const number = form.elements.id_number;
  number.addEventListener("change", async () => {
    const typed = number.value.trim();
    if (!typed) return;
    const body = new URLSearchParams({ mark: form.elements.mark.value, id_number: typed });
    const answer = await fetch(form.dataset.known, { method: "POST", body });
    if (!answer.ok) return;
    const known = await answer.json();
    told.textContent = known.name ? told.dataset.found : told.dataset.unknown;
    for (const name of ["name", "mobile", "legal_representative", "id_type"]) {
      const field = form.elements[name];
      if (known[name] && (!field.value || name === "id_type")) field.value = known[name];
    }
  });
}

function tickAll(all) {
  const ticks = () => [...document.querySelectorAll("[data-tick]")];
  all.addEventListener("change", () => ticks().forEach((tick) => (tick.checked = all.checked)));
  ticks().forEach((tick) =>
    tick.addEventListener("change", () => (all.checked = ticks().every((each) => each.checked))),
  );
}

function takeDropped(place) {
  const field = one("input[type=file]", place);
  const over = (event, on) => {
    event.preventDefault();
    place.classList.toggle("dropping", on);
  };
  place.addEventListener("dragover", (event) => over(event, true));
  place.addEventListener("dragleave", (event) => over(event, false));
  place.addEventListener("drop", (event) => {
    over(event, false);
    if (event.dataTransfer.files.length) field.files = event.dataTransfer.files;
  });
}

// By the place of the key and not by its letter, which Alt changes on some keyboards.
function pressByKey(event) {
  if (!event.altKey || event.ctrlKey || event.metaKey || !event.code.startsWith("Key")) return;
  const wanted = one(`[data-key="${event.code.slice(3).toLowerCase()}"]`);
  if (!wanted) return;
  event.preventDefault();
  wanted.click();
}

const sitting = one("form[data-known]");
if (sitting) offerKnownData(sitting);
const all = one("[data-all]");
if (all) tickAll(all);
document.querySelectorAll(".drop").forEach(takeDropped);
document.addEventListener("keydown", pressByKey);
const print = one("[data-print]");
if (print) print.addEventListener("click", () => window.print());
const first = one("[data-first]") || one("form[data-known] [name=id_number]") || one("#q");
if (first) first.focus();
