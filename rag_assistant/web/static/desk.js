// Small services for those who listen or use the keyboard. Nothing is stored, nothing is sent.
"use strict";

// What is written into #announcement and #announcement-checked is said once, from a live region that was there before.
const speaker = document.createElement("div");
speaker.setAttribute("role", "status");
speaker.className = "visually-hidden";
document.body.append(speaker);

let shown = 0;
const heard = {};

function attend() {
  for (const place of ["#announcement", "#announcement-checked"]) {
    const words = document.querySelector(place)?.textContent.trim() ?? "";
    if ((heard[place] ?? "") === words) continue;
    heard[place] = words;
    speaker.textContent = words;
  }

  const exchanges = document.querySelectorAll("#conversation .exchange");
  if (exchanges.length > shown) exchanges[exchanges.length - 1].scrollIntoView({ block: "nearest" });
  shown = exchanges.length;

  for (const button of document.querySelectorAll("#filters > button")) {
    const open = button.nextElementSibling?.style.display !== "none";
    button.setAttribute("aria-expanded", String(open));
  }
}

new MutationObserver(attend).observe(document.body, { childList: true, subtree: true });

// The Stop button goes away when it has done its work; the focus must not go with it, nor that of
// someone who chose with the keyboard (whose clicks have no detail) what to ask next.
document.addEventListener("click", (event) => {
  const chosen = event.target.closest("#ways button, #starters button");
  if (event.target.closest("#stop") || (chosen && event.detail === 0)) {
    document.querySelector("#question textarea")?.focus();
  }
});
