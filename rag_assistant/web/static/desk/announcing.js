// What is written into the places called announcement… is said once; new exchanges come into view.
import { speak, whenever } from "./page.js";

const ELSEWHERE = ":focus-visible:not(#question textarea)";

let shown = 0;
let seat = { top: 0 }; // of what the keyboard has led to beside the question: Stop, perhaps
const heard = {};

function sit() {
  const one = document.activeElement?.matches(ELSEWHERE) ? document.activeElement : undefined;
  seat = { one, top: one?.getBoundingClientRect().top ?? 0 };
}

for (const name of ["focusin", "scroll", "resize"]) addEventListener(name, sit, { passive: true });

whenever(() => {
  let told = false;
  for (const place of document.querySelectorAll("[id^='announcement']")) {
    const words = place.textContent.trim();
    if ((heard[place.id] ?? "") === words) continue;
    heard[place.id] = words;
    speak(words);
    told ||= place.id === "announcement";
  }

  const exchanges = document.querySelectorAll("#conversation .exchange");
  const last = exchanges[exchanges.length - 1];
  if (exchanges.length > shown) last.scrollIntoView({ block: "nearest" });
  else if (seat.one?.matches(":focus")) scrollBy(0, seat.one.getBoundingClientRect().top - seat.top);
  else if (told) last?.scrollIntoView({ block: "nearest" });
  shown = exchanges.length;
});
