// When no server answers, the page says so in its own words; Gradio's would lie over the desk.
import { whenever, words } from "./page.js";

const ALIVE = "/web/icon.svg"; // any small file of ours
const AGAIN = 3000; // milliseconds between two looks for a server that is gone
const LATE = 10000; // milliseconds within which Gradio may still tell of a connection that was lost

const banner = document.getElementById("fault");
let looking = 0;
let lost = -Infinity;

function tell(text) {
  if (banner.textContent !== text) banner.textContent = text;
}

async function answers() {
  try {
    return (await fetch(ALIVE, { cache: "no-store", method: "HEAD" })).status < 500;
  } catch {
    return false;
  }
}

async function look() {
  const alive = await answers();
  clearTimeout(looking);
  if (!alive) {
    tell(words.lost);
    lost = performance.now();
    looking = setTimeout(look, AGAIN);
  } else if (banner.textContent === words.lost) tell("");
  return alive;
}

const seen = new WeakSet();
whenever(async () => {
  const fresh = [...document.querySelectorAll(".toast-body")].filter((one) => !seen.has(one));
  for (const one of fresh) seen.add(one);
  if (fresh.length && (await look()) && performance.now() - lost > LATE) tell(words.broken);
});

// What is asked anew takes the place of what was said of the last question.
const askedAnew = () => banner.textContent === words.broken && tell("");
document.addEventListener("click", (event) => event.target.closest("button") && askedAnew());
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.closest("#question")) askedAnew();
});
addEventListener("offline", look);
addEventListener("online", look);
