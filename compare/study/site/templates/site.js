// Colour scheme, keyboard shortcuts and search. The pages can be read without this script.
"use strict";

// Browsers may deny localStorage to pages from disk: then settings last as long as the page.
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
    } catch { /* stored in memory above */ }
  },
};
const find = (selector) => document.querySelector(selector);

// Colour scheme: that of the system, until the reader chooses the other one.
const system = matchMedia("(prefers-color-scheme: dark)");
const isDark = () => (store.get("theme") ?? (system.matches ? "dark" : "light")) === "dark";

function applyScheme() {
  const chosen = store.get("theme");
  const media = { dark: "screen", light: "not all" };
  find("#dark").media = media[chosen] ?? "screen and (prefers-color-scheme: dark)";
  document.documentElement.style.colorScheme = chosen ?? "";
  find("#theme")?.setAttribute("aria-pressed", String(isDark()));
}

function toggleScheme() {
  const chosen = isDark() ? "light" : "dark";
  store.set("theme", (chosen === "dark") === system.matches ? null : chosen);
  applyScheme();
}

// Search: every word must occur. Matches in the title come first, then in the text, then in code.
function rank([title, , where, text, code], words) {
  const [name, prose, all] = [title, `${title} ${where} ${text}`, `${title} ${where} ${text} ${code}`]
    .map((each) => each.toLowerCase());
  const [inName, inProse, inAll] = [name, prose, all].map((each) => words.every((word) => each.includes(word)));
  if (inName) return name.startsWith(words[0]) ? 4 : 3;
  if (inProse) return 2;
  return inAll ? 1 : 0;
}

function search(query) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return [];
  return window.SEARCH_ENTRIES.map((entry) => ({ entry, rank: rank(entry, words) }))
    .filter((each) => each.rank)
    .sort((one, other) => other.rank - one.rank)
    .map((each) => each.entry);
}

function createElement(name, text, ...children) {
  const created = document.createElement(name);
  created.textContent = text;
  created.append(...children);
  return created;
}

function createLink([title, href, where, text]) {
  const anchor = createElement("a", "", createElement("strong", title), createElement("small", where));
  if (text) anchor.append(createElement("small", text.length > 90 ? `${text.slice(0, 90)}…` : text));
  anchor.href = href;
  return createElement("li", "", anchor);
}

function showMatches() {
  const query = find("#query").value.trim();
  const matches = search(query);
  find("#found").hidden = !query;
  find("#found [role=status]").textContent = matches.length ? `${matches.length} found` : "Nothing found";
  find("#found ol").replaceChildren(...matches.slice(0, 40).map(createLink));
}

function clearSearch() {
  find("#query").value = "";
  showMatches();
}

// Close the list when the keyboard focus leaves the search: it would cover the page.
function closeMatches(event) {
  const next = event.relatedTarget;
  if (next && !next.closest("#search")) find("#found").hidden = true;
}

// The arrow keys move the focus up and down in the list of matches.
function moveFocus(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  const stops = [find("#query"), ...document.querySelectorAll("#found a")];
  const next = stops[stops.indexOf(document.activeElement) + step];
  if (next) {
    event.preventDefault();
    next.focus();
  }
}

const steps = () => [...document.querySelectorAll(".step, #exercise")];

function goToStep(by) {
  const all = steps();
  const marked = all.findIndex((step) => `#${step.id}` === location.hash);
  const box = all[marked]?.getBoundingClientRect();
  const inView = box && box.bottom > 0 && box.top < innerHeight;
  const above = all.filter((step) => step.getBoundingClientRect().top < 80).length - 1;
  const next = all[(inView ? marked : above) + by];
  if (next) location.replace(`#${next.id}`);
}

const openLesson = (rel) => find(`link[rel=${rel}]`) && location.assign(find(`link[rel=${rel}]`).href);

const KEYS = {
  ArrowLeft: () => openLesson("prev"),
  ArrowRight: () => openLesson("next"),
  j: () => goToStep(1),
  k: () => goToStep(-1),
  "/": () => find("#query").focus(),
  "?": () => find("#keys").showModal(),
};

// Single-letter shortcuts can be disabled: speech input could trigger them by mistake.
function handleKey(event) {
  if (event.key === "Escape" && !find("#found").hidden) {
    clearSearch();
    find("#query").focus();
  }
  if (event.ctrlKey || event.altKey || event.metaKey || store.get("keys") === "off") return;
  const inside = event.target.closest("input, dialog, #found, [tabindex]");
  const isReserved = event.key.startsWith("Arrow") && (inside || event.shiftKey);  // they scroll or select
  if (!KEYS[event.key] || isReserved || inside?.matches("input, dialog")) return;
  event.preventDefault();
  KEYS[event.key]();
}

// The other language opens at the same place.
function keepPlace(event) {
  const link = event.target.closest("a.language");
  if (link) link.hash = location.hash;
}

// A graph is shown up to a row; the rows of two graphs are at the same heights.
function addGrowing(range) {
  const svg = range.closest(".growing").querySelector(".view svg");
  const heights = [...svg.querySelectorAll("a")].map((node) => node.transform.baseVal.consolidate().matrix.f);
  const rows = [...new Set(heights)].sort((one, other) => one - other);
  range.max = range.value = rows.length;
  const grow = () => {
    const next = rows[Number(range.value)];
    const whole = svg.viewBox.baseVal.height;
    const part = next === undefined ? 0 : 1 - (next + 28) / whole;
    svg.style.clipPath = `inset(0 0 ${100 * part}% 0)`;
  };
  range.addEventListener("input", grow);
}

function addListeners() {
  document.querySelectorAll(".grow").forEach(addGrowing);
  document.addEventListener("click", keepPlace);
  document.documentElement.classList.add("with-script");
  applyScheme();
  find("#theme").addEventListener("click", toggleScheme);
  find("#help").addEventListener("click", KEYS["?"]);
  find("#listening").checked = store.get("keys") !== "off";
  find("#listening").addEventListener("change", (event) => store.set("keys", event.target.checked ? null : "off"));
  find("#query").addEventListener("input", showMatches);
  find("#search").addEventListener("keydown", moveFocus);
  find("#search").addEventListener("focusout", closeMatches);
  find("#search").addEventListener("submit", (event) => {
    event.preventDefault();
    find("#found a")?.click();
  });
  find("#found").addEventListener("click", (event) => event.target.closest("a") && clearSearch());
  document.addEventListener("click", (event) => event.target.closest("#search") || (find("#found").hidden = true));
  document.addEventListener("keydown", handleKey);
  system.addEventListener("change", applyScheme);
}

applyScheme();
document.addEventListener("DOMContentLoaded", addListeners);
