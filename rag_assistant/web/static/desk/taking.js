// Copies the last answer with its sources, or prints the page.
import { speak, words } from "./page.js";

function answerText() {
  const exchange = document.querySelector("#conversation .exchange:last-child");
  const said = [...exchange.querySelectorAll(".question, .reply > .answer")];
  const cited = [...document.querySelectorAll("#sources .source")].map((source) => {
    const number = source.querySelector(".number")?.textContent.replace(/\D/g, "");
    const reference = source.querySelector(".reference bdi") ?? source.querySelector("h3 bdi");
    return `[${number}] ${reference?.textContent.trim() ?? ""}`;
  });
  return [...said.map(plain), "", ...cited].join("\n").trim();
}

function plain(element) {
  const copy = element.cloneNode(true);
  for (const hidden of copy.querySelectorAll(".visually-hidden")) hidden.remove();
  for (const marker of copy.querySelectorAll(".marker")) marker.textContent = ` [${marker.textContent.trim()}]`;
  return copy.textContent.replace(/\s+/g, " ").trim();
}

async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Pages without TLS on another computer have no clipboard but the old one.
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "visually-hidden";
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (!done) throw new Error("refused");
}

document.addEventListener("click", async (event) => {
  if (event.target.closest("#take-print")) window.print();
  const button = event.target.closest("#take-copy");
  if (!button) return;
  try {
    await copy(answerText());
    speak(words.copied);
    show(button);
  } catch {
    speak(words.notCopied);
  }
  button.focus();
});

function show(button) {
  button.classList.add("done");
  setTimeout(() => button.classList.remove("done"), 2000);
}
