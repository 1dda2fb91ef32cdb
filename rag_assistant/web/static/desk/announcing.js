// What is written into the places called announcement… is said once; new exchanges come into view.
import { speak, whenever } from "./page.js";

let shown = 0;
const heard = {};

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
  if (exchanges.length > shown || (told && exchanges.length)) {
    exchanges[exchanges.length - 1].scrollIntoView({ block: "nearest" });
  }
  shown = exchanges.length;
});
