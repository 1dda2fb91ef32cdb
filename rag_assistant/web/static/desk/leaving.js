// Room for the next person: the server forgets, then a fresh page takes this one's place.
import { on, words } from "./page.js";

const PATIENCE = 2000; // milliseconds for the server to say that it has forgotten

function fresh() {
  location.replace(location.pathname); // without what stood in the address
}

function leave() {
  for (const field of document.querySelectorAll("input, textarea")) field.value = "";
  document.querySelector("gradio-app")?.classList.add("leaving");
  const left = document.getElementById("left");
  if (left) {
    new MutationObserver(fresh).observe(left, { childList: true, characterData: true, subtree: true });
  }
  document.getElementById("leave")?.click();
  setTimeout(fresh, PATIENCE);
}

on("patron", leave);

// ---------------------------------------------------------------- another language is another page

const parting = document.getElementById("leaving-dialog");
let way = null;

document.addEventListener("click", (event) => {
  const link = event.target.closest("#masthead .languages a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (!document.querySelector("#conversation .exchange")) return;
  event.preventDefault();
  way = link;
  parting.showModal();
});
on("leave", () => location.assign(way.href));

// A page that comes back out of the browser's memory would show what was there before.
addEventListener("pageshow", (event) => {
  if (event.persisted) fresh();
});

// ---------------------------------------------------------------- a public computer that is left alone

if (words.idleSeconds) {
  const dialog = document.getElementById("idle-dialog");
  const until = (words.idleSeconds - words.warnedSeconds) * 1000;
  let warning = 0;
  let clearing = 0;

  const wake = () => {
    clearTimeout(warning);
    clearTimeout(clearing);
    if (dialog.open) dialog.close();
    warning = setTimeout(() => {
      dialog.showModal();
      clearing = setTimeout(leave, words.warnedSeconds * 1000);
    }, until);
  };
  for (const kind of ["keydown", "pointerdown", "pointermove", "wheel", "touchstart"]) {
    addEventListener(kind, wake, { capture: true, passive: true });
  }
  on("stay", wake);
}
