// The commands there are, and which of them are shown.

import { $, button, cut, make } from "./dom.js";

/** How many are shown until more are asked for. */
const PAGE = 200;

export class List {
  constructor() {
    this.commands = [];
    this.most = PAGE;
    $("filter").addEventListener("input", () => { this.most = PAGE; this.draw(); });
    $("browse").addEventListener("keydown", (event) => this.move(event));
  }

  set(commands) {
    this.commands = commands.map((command) => ({
      ...command,
      searched: `${command.id} ${cut(command.description, 1000)}`.toLowerCase(),
    }));
    this.draw();
  }

  get(id) {
    return this.commands.find((command) => command.id === id);
  }

  choose(id) {
    this.chosen = id;
    for (const link of $("commands").querySelectorAll("a")) mark(link, link.dataset.id === id);
  }

  draw() {
    const words = $("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = this.commands.filter(({ searched }) => words.every((word) => searched.includes(word)));
    $("commands").replaceChildren(...found.slice(0, this.most).map((command) => this.line(command)));
    const all = this.commands.length;
    $("count").textContent = this.commands.length === 0
      ? "There are no commands, or none that this token may call."
      : words.length > 0 ? `${found.length} of ${all} commands` : `${all} ${all === 1 ? "command" : "commands"}`;
    $("more").replaceChildren(...(found.length > this.most ? [button(`Show ${Math.min(PAGE, found.length - this.most)} more`, () => {
      const first = this.most;
      this.most += PAGE;
      this.draw();
      $("commands").querySelectorAll("a")[first]?.focus();
    })] : []));
  }

  line({ id, description }) {
    const link = make("a", { href: `#${encodeURIComponent(id)}` }, make("bdi", { className: "id", textContent: cut(id, 200) }));
    link.dataset.id = id;
    if (description) link.append(make("span", { className: "about", textContent: cut(description, 160) }));
    mark(link, id === this.chosen);
    return make("li", {}, link);
  }

  /** Arrows lead from line to line. */
  move(event) {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by === undefined) return;
    const places = [$("filter"), ...$("commands").querySelectorAll("a")];
    const next = places[places.indexOf(document.activeElement) + by];
    if (!next) return;
    event.preventDefault();
    next.focus();
  }
}

const mark = (link, is) => (is ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current"));
