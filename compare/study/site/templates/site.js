// Colours, keys and search. Every page can be read without.
"use strict";

// Pages opened from disk may be refused a memory: then it lasts as long as the page.
const memory = new Map();
const store = {
  get(key) {
    try { return localStorage.getItem(key); } catch { return memory.get(key) ?? null; }
  },
  set(key, value) {
    memory.set(key, value);
    try {
      if (value === null) localStorage.removeItem(key);
      else localStorage.setItem(key, value);
    } catch { /* remembered above */ }
  },
};
const find = (selector) => document.querySelector(selector);

// Colours: the system's, until the reader chooses the others.
const system = matchMedia("(prefers-color-scheme: dark)");
const isDark = () => (store.get("theme") ?? (system.matches ? "dark" : "light")) === "dark";

function paint() {
  const chosen = store.get("theme");
  const media = { dark: "screen", light: "not all" };
  find("#dark").media = media[chosen] ?? "screen and (prefers-color-scheme: dark)";
  document.documentElement.style.colorScheme = chosen ?? "";
  find("#theme")?.setAttribute("aria-pressed", String(isDark()));
}

function toggle() {
  const wanted = isDark() ? "light" : "dark";
  store.set("theme", (wanted === "dark") === system.matches ? null : wanted);
  paint();
}

// Search: every word must occur; what it occurs in decides the order.
function rank([title, , where, text, code], words) {
  const [name, said, all] = [title, `${title} ${where} ${text}`, `${title} ${where} ${text} ${code}`]
    .map((each) => each.toLowerCase());
  const [inName, inSaid, inAll] = [name, said, all].map((each) => words.every((word) => each.includes(word)));
  if (inName) return name.startsWith(words[0]) ? 4 : 3;
  if (inSaid) return 2;
  return inAll ? 1 : 0;
}

function search(query) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return [];
  return window.PLACES.map((place) => ({ place, rank: rank(place, words) }))
    .filter((each) => each.rank)
    .sort((one, other) => other.rank - one.rank)
    .map((each) => each.place);
}

function element(name, text, ...children) {
  const made = document.createElement(name);
  made.textContent = text;
  made.append(...children);
  return made;
}

function link([title, href, where, text]) {
  const made = element("a", "", element("strong", title), element("small", where));
  if (text) made.append(element("small", text.length > 90 ? `${text.slice(0, 90)}…` : text));
  made.href = href;
  return element("li", "", made);
}

function show() {
  const query = find("#query").value.trim();
  const places = search(query);
  find("#found").hidden = !query;
  find("#found [role=status]").textContent = places.length ? `${places.length} found` : "Nothing found";
  find("#found ol").replaceChildren(...places.slice(0, 40).map(link));
}

function hide() {
  find("#query").value = "";
  show();
}

// Who goes on by keyboard is not to find the page covered.
function leave(event) {
  const next = event.relatedTarget;
  if (next && !next.closest("#search")) find("#found").hidden = true;
}

// Up and down among what was found.
function walk(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  const stops = [find("#query"), ...document.querySelectorAll("#found a")];
  const next = stops[stops.indexOf(document.activeElement) + step];
  if (next) {
    event.preventDefault();
    next.focus();
  }
}

// Keys of a single letter can be switched off: who speaks to a computer types them.
const steps = () => [...document.querySelectorAll(".step, #exercise")];

function move(by) {
  const all = steps();
  const marked = all.findIndex((step) => `#${step.id}` === location.hash);
  const box = all[marked]?.getBoundingClientRect();
  const inView = box && box.bottom > 0 && box.top < innerHeight;
  const above = all.filter((step) => step.getBoundingClientRect().top < 80).length - 1;
  const next = all[(inView ? marked : above) + by];
  if (next) location.replace(`#${next.id}`);
}

const turn = (rel) => find(`link[rel=${rel}]`) && location.assign(find(`link[rel=${rel}]`).href);

const KEYS = {
  ArrowLeft: () => turn("prev"),
  ArrowRight: () => turn("next"),
  j: () => move(1),
  k: () => move(-1),
  "/": () => find("#query").focus(),
  "?": () => find("#keys").showModal(),
};

function press(event) {
  if (event.key === "Escape" && !find("#found").hidden) {
    hide();
    find("#query").focus();
  }
  if (event.ctrlKey || event.altKey || event.metaKey || store.get("keys") === "off") return;
  const inside = event.target.closest("input, dialog, #found, [tabindex]");
  const taken = event.key.startsWith("Arrow") && (inside || event.shiftKey);  // to scroll, to select
  if (!KEYS[event.key] || taken || inside?.matches("input, dialog")) return;
  event.preventDefault();
  KEYS[event.key]();
}

function listen() {
  document.documentElement.classList.add("with-script");
  paint();
  find("#theme").addEventListener("click", toggle);
  find("#help").addEventListener("click", KEYS["?"]);
  find("#listening").checked = store.get("keys") !== "off";
  find("#listening").addEventListener("change", (event) => store.set("keys", event.target.checked ? null : "off"));
  find("#query").addEventListener("input", show);
  find("#search").addEventListener("keydown", walk);
  find("#search").addEventListener("focusout", leave);
  find("#search").addEventListener("submit", (event) => {
    event.preventDefault();
    find("#found a")?.click();
  });
  find("#found").addEventListener("click", (event) => event.target.closest("a") && hide());
  document.addEventListener("click", (event) => event.target.closest("#search") || (find("#found").hidden = true));
  document.addEventListener("keydown", press);
  system.addEventListener("change", paint);
}

paint();
document.addEventListener("DOMContentLoaded", listen);
