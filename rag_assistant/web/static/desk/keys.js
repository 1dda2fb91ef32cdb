// Single keys. They do nothing while someone types, with another key held, or when switched off.
import { note, noted, on, openTab, openTabOf, speak, words } from "./page.js";

const dialog = document.getElementById("keys-dialog");
const switches = document.querySelectorAll("[data-does='switch-keys']");
const typing = "textarea, select, [contenteditable], input:not([type=checkbox], [type=radio])";
let origin = null; // the marker by which someone went to a source

function find(selector) {
  return [...document.querySelectorAll(selector)].find((one) => !one.disabled) ?? null;
}

function go(element) {
  if (!element) return;
  openTabOf(element);
  setTimeout(() => {
    element.focus();
    element.scrollIntoView({ block: "nearest" });
  });
}

// Gradio fills a tab when it is opened.
function enter(selector, tries = 60) {
  const field = find(selector);
  if (field?.checkVisibility()) field.focus();
  else if (tries) requestAnimationFrame(() => enter(selector, tries - 1));
}

function source(number) {
  const before = document.activeElement?.closest(".marker");
  const marker = find(`#conversation .exchange:last-child a.marker[href="#source-${number}"]`);
  origin = before ?? marker ?? origin;
  go(document.getElementById(`source-${number}`));
}

function answer() {
  if (origin?.isConnected) return go(origin);
  const last = find("#conversation .exchange:last-child");
  last?.setAttribute("tabindex", "-1");
  go(last);
}

const deeds = {
  keys: () => dialog.showModal(),
  answer,
  patron: () => document.getElementById("patron-dialog").showModal(),
  focus: (selector) => go(find(selector)),
  press: (selector) => find(selector)?.click(),
  tab: (what) => {
    const [name, ...selector] = what.split(" ");
    const tab = openTab(name);
    if (selector.length) enter(selector.join(" "));
    else tab?.focus();
  },
};

function working() {
  return noted("keys") !== "off";
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.isComposing || !working() || event.target.closest?.(typing)) return;
  if (document.querySelector("dialog[open]")) return;
  const does = words.keys[event.key];
  if (/^[1-9]$/.test(event.key)) source(event.key);
  else if (does) {
    const [deed, ...more] = does.split(":");
    deeds[deed]?.(more.join(":"));
  } else return;
  event.preventDefault();
});

// From a source back to the marker that led there.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || document.querySelector("dialog[open]")) return;
  if (document.activeElement?.closest("#sources .source")) answer();
});

document.addEventListener("click", (event) => {
  const marker = event.target.closest("#conversation a.marker");
  if (marker) origin = marker;
});

// ---------------------------------------------------------------- the list of the keys, and the switch

function tell() {
  for (const one of switches) one.setAttribute("aria-pressed", String(working()));
}

on("keys", () => dialog.showModal());
on("close", (button) => button.closest("dialog").close());
on("switch-keys", () => {
  note("keys", working() ? "off" : "");
  tell();
  speak(working() ? words.keysOn : words.keysOff);
});
tell();
