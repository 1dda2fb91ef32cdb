// The patron's page: asks, and shows each sentence as it comes. What is asked and answered stands
// in this page's memory alone. Its words come from the server, as does all markup.
"use strict";

const page = document.querySelector("main");
const words = JSON.parse(page.dataset.words);
const at = (id) => document.getElementById(id);
const [form, box, stop, over, answers] = ["ask", "question", "stop", "over", "answers"].map(at);
const [examples, idle, status] = ["examples", "idle", "status"].map(at);
const MOST_TURNS = 40;
const LONGEST_TURN = 8000;

let turns = [];
let askedBack = false;
let running = null;
let number = 0;
let waiting = 0;
let marker = null;

function make(name, text, properties = {}) {
  return Object.assign(document.createElement(name), { textContent: text }, properties);
}

function button(text, act) {
  const made = make("button", text, { type: "button" });
  made.addEventListener("click", act);
  return made;
}

// Markup of the server's own renderer; what has an id is told apart from what came before.
function put(place, html, name) {
  const made = document.createElement("template");
  made.innerHTML = html;
  for (const one of made.content.querySelectorAll("[id]")) one.id = `${name}-${one.id}`;
  for (const one of made.content.querySelectorAll("button[value]")) one.value = `${name}-${one.value}`;
  for (const one of made.content.querySelectorAll("a")) {
    const href = one.getAttribute("href");
    if (href.startsWith("#")) one.setAttribute("href", `#${name}-${href.slice(1)}`);
    else if (!href.startsWith("mailto:")) one.target = "_blank";
  }
  place.append(made.content);
}

function tell(text) {
  status.textContent = text;
}

// ---------------------------------------------------------------- asking

async function ask(question, clarify = !askedBack) {
  halt();
  const control = (running = new AbortController());
  const shown = begin(question);
  tell(words.searching);
  try {
    const response = await fetch("/api/ask", {
      method: "POST",
      credentials: "omit", // the public, also in the browser of someone who is signed in
      cache: "no-store",
      signal: control.signal,
      headers: { "content-type": "application/json", accept: "text/event-stream" },
      body: JSON.stringify({
        question,
        clarify,
        history: turns.slice(-MOST_TURNS),
        filters: { collections: JSON.parse(page.dataset.collections) },
        lang: words.lang,
        html: true,
        as_public: true, // also where a proxy names who is signed in
      }),
    });
    if (response.ok) await follow(response, shown);
    else await refuse(response, shown);
  } catch {
    fail(shown, control.signal.aborted ? words.stopped : words.lost, running === control);
  }
  if (running === control) rest();
}

function halt() {
  clearInterval(waiting);
  const before = running;
  running = null; // what is broken off here says nothing any more
  before?.abort();
}

function begin(question) {
  const article = make("article", "", { className: "exchange" });
  const heading = make("h2", "");
  const before = make("span", `${words.asked} `, { className: "visually-hidden" });
  heading.append(before, make("bdi", question));
  const reply = make("div", "", { className: "reply" });
  const progress = make("p", `${words.searching}…`, { className: "progress" });
  article.append(heading, reply, progress);
  answers.prepend(article);
  examples.hidden = true;
  over.hidden = stop.hidden = false;
  return { article, reply, progress, question, name: `n${++number}` };
}

function rest() {
  running = null;
  const focused = document.activeElement === stop;
  stop.hidden = true;
  if (focused) box.focus();
}

async function follow(response, shown) {
  for await (const [name, data] of events(response)) {
    if (name === "retrieved") {
      shown.progress.textContent = `${words.reading}…`;
    } else if (name === "sentence") {
      if (data.ai_generated) mark(shown);
      const one = make("p", "", { className: "answer" });
      put(one, data.html, shown.name);
      shown.reply.append(one);
      shown.reply.scrollIntoView({ block: "nearest" });
    } else if (name === "quoted") {
      put(shown.reply, data.html.answer, shown.name);
      put(shown.reply, data.html.sources, shown.name);
    } else if (name === "error") {
      return fail(shown, [data.detail, data.hint].join(" "));
    } else if (name === "answer") {
      return finish(shown, data);
    }
  }
  fail(shown, words.lost);
}

// Prose is marked as a machine's before any of it can be read.
function mark(shown) {
  if (shown.marked) return;
  shown.marked = true;
  const made = make("p", "", { className: "made" });
  made.append(make("span", words.ai, { className: "badge" }), ` ${words.written}`);
  shown.reply.append(made);
}

async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const parts = (text + value).split("\n\n");
    text = parts.pop();
    for (const part of parts) {
      const [, name, data] = /^event: (.*)\ndata: (.*)$/.exec(part) ?? [];
      if (name) yield [name, JSON.parse(data)];
    }
  }
}

// ---------------------------------------------------------------- what has come

function finish(shown, answer) {
  const { article, reply, progress, question, name } = shown;
  const html = answer.html;
  progress.remove();
  reply.replaceChildren();
  put(reply, html.answer, name);
  tell(html.spoken);
  if (box.value.trim() === question) box.value = "";
  if (answer.status === "clarify") {
    askedBack = true;
    reply.append(choices(question, answer.clarification.choices, turns));
  }
  if (html.turn) {
    const said = [["user", question], ["assistant", html.turn]];
    turns = [...turns, ...said.map(([role, text]) => ({ role, text: text.slice(0, LONGEST_TURN) }))];
  }
  if (answer.status === "clarify") return;
  if (html.sources) {
    const sources = make("section", "");
    sources.setAttribute("aria-label", words.sources);
    put(sources, html.sources, name);
    article.append(sources);
  }
  article.append(after(html, name));
  reply.scrollIntoView({ block: "nearest" });
}

function choices(question, offered, before) {
  const made = make("div", "", { className: "buttons" });
  const take = (text) => () => {
    made.remove();
    box.focus();
    ask(text, false);
  };
  made.append(...offered.map((one) => button(one, take(one))));
  made.append(
    button(words.skip, () => {
      turns = before;
      take(question)();
    }),
  );
  return made;
}

function after(html, name) {
  const made = make("div", "", { className: "after" });
  const helped = make("span", `${words.helped} `);
  const say = (yes) => () => {
    fetch("/api/helped", {
      method: "POST",
      credentials: "omit",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ helped: yes }),
    }).catch(() => {}); // an uncounted answer is nobody's concern
    const thanks = make("span", words.thanks, { tabIndex: -1 });
    helped.replaceWith(thanks);
    thanks.focus();
    if (!yes) put(made, html.person, name);
  };
  helped.append(button(words.yes, say(true)), " ", button(words.no, say(false)));
  const copy = make("span", "");
  put(copy, html.copy, name);
  made.append(copy, helped);
  return made;
}

// ---------------------------------------------------------------- what has not come

async function refuse(response, shown) {
  const known = { 413: words.long, 429: words.many, 503: words.busy }[response.status];
  const problem = await response.json().catch(() => ({}));
  if (known || response.status >= 500) fail(shown, known ?? words.broken);
  else fail(shown, [problem.detail ?? words.broken, problem.hint].join(" "));
  const id = response.headers.get("x-request-id");
  if (response.status >= 500 && id) shown.reply.append(make("p", `${words.request} ${id}`));
  if (response.status === 429) countDown(Number(response.headers.get("retry-after")) || 60, shown);
}

function countDown(seconds, shown) {
  const line = make("p", "");
  shown.reply.append(line);
  const count = () => {
    line.textContent = seconds > 0 ? `${words.seconds} ${seconds}` : words.again;
    if (seconds-- > 0) return;
    clearInterval(waiting);
    tell(words.again);
  };
  count();
  waiting = setInterval(count, 1000);
}

function fail(shown, text, aloud = true) {
  shown.progress.remove();
  shown.reply.append(make("p", text.trim(), { className: "problem" }));
  if (aloud) tell(text.trim());
}

// ---------------------------------------------------------------- the page

function clear() {
  halt();
  rest();
  answers.replaceChildren();
  form.reset();
  box.value = "";
  turns = [];
  askedBack = false;
  marker = null;
  over.hidden = true;
  examples.hidden = false;
  tell(words.cleared);
  box.focus();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (box.value.trim()) ask(box.value.trim());
});
box.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
});
stop.addEventListener("click", () => running?.abort());
over.addEventListener("click", clear);
examples.addEventListener("click", (event) => {
  if (event.target.localName !== "button") return;
  box.value = event.target.textContent;
  box.focus();
  ask(box.value);
});
answers.addEventListener("click", (event) => {
  const link = event.target.closest('a[href^="#"]');
  if (link) marker = link; // evidence.js leads to the place
});
addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  if (running) running.abort();
  else if (marker?.isConnected && document.activeElement.matches(".source")) marker.focus();
  else if (parent !== window) parent.postMessage("rag-assistant:close", "*"); // says nothing else
});
examples.hidden = false;

// ---------------------------------------------------------------- computers that many use

let timers = [];

function active() {
  idle.hidden = true;
  timers.forEach(clearTimeout);
  const [after, before] = [page.dataset.idle, page.dataset.warning].map((one) => one * 1000);
  const warn = () => {
    if (!answers.firstChild && !box.value) return;
    idle.firstElementChild.textContent = words.idle;
    idle.hidden = false;
  };
  const leave = () => {
    idle.hidden = true;
    clear();
  };
  timers = [setTimeout(warn, after - before), setTimeout(leave, after)];
}

if (Number(page.dataset.idle)) {
  for (const name of ["keydown", "pointerdown", "input"]) addEventListener(name, active);
  addEventListener("pageshow", (event) => event.persisted && clear());
  active();
}
