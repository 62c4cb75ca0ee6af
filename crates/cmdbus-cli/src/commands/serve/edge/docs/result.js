// What came of a call.

import { $, button, copy, cut, make } from "./dom.js";
import { figure, isObject, print } from "./json.js";
import { steps } from "./schema.js";

/** How much of a value, and how many items, are put on the page. */
const MOST_TEXT = 200_000;
const MOST_ITEMS = 1000;

export class Result {
  begin() {
    this.items = 0;
    this.started = performance.now();
    $("outcome").hidden = false;
    $("progress").hidden = $("items").hidden = $("problem").hidden = $("value").hidden = true;
    $("frames").replaceChildren();
    $("bar").removeAttribute("value");
    $("report").textContent = "";
    this.say("", "Running…");
    $("outcome").scrollIntoView({ block: "nearest" });
    clearInterval(this.clock);
    this.clock = setInterval(() => { $("time").textContent = this.time(); }, 100);
  }

  time() {
    const ms = performance.now() - this.started;
    return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
  }

  say(look, text) {
    $("outcome").className = look;
    $("status").textContent = text;
    $("time").textContent = this.time();
  }

  progress(report) {
    if (!isObject(report)) return;
    $("progress").hidden = false;
    const done = figure(report.progress);
    // Without a total it is a share of one, where it can be.
    const total = report.total === undefined && done <= 1 ? 1 : figure(report.total);
    if (total > 0 && done >= 0) $("bar").value = Math.min(done / total, 1);
    else $("bar").removeAttribute("value");
    const short = (value) => String(Number(value.toPrecision(6)));
    const figures = report.total === undefined ? short(done) : `${short(done)} of ${short(total)}`;
    $("report").textContent = [figures, report.message].filter((part) => typeof part === "string").map((part) => cut(part, 500)).join(": ");
  }

  item(value) {
    this.items += 1;
    $("items").hidden = false;
    const text = JSON.stringify(value) ?? "";
    const shown = text.length > 80 ? print(value) : text;
    $("frames").append(make("li", { value: this.items }, make("pre", { textContent: cut(shown, MOST_TEXT / 20) })));
    if ($("frames").childElementCount > MOST_ITEMS) $("frames").firstElementChild.remove();
    const hidden = this.items - $("frames").childElementCount;
    $("tally").textContent = `${this.items} ${this.items === 1 ? "item" : "items"}${hidden > 0 ? `; the first ${hidden} are no longer shown` : ""}`;
  }

  result(value) {
    // A stream's own result is mostly nothing.
    if (this.items > 0 && value === null) return;
    this.text = print(value);
    $("value").hidden = false;
    $("result").textContent = this.text.slice(0, MOST_TEXT);
    $("rest").textContent = this.text.length > MOST_TEXT ? `${this.text.length - MOST_TEXT} more characters are not shown; copy the result to see all of it` : "";
  }

  /** Shows that it went well. */
  done(response) {
    const replayed = response.headers.get("idempotency-replayed") === "true" ? ", as it was answered before" : "";
    this.end("good", `${response.status} ${response.statusText || "OK"}${replayed}`);
  }

  /** Shows a problem. `lead(fragment)` returns what leads to the field at fault, if there is one. */
  refused(status, problem, lead) {
    const { type: _type, title, status: _status, code, detail, errors, ...rest } = problem;
    const text = (value) => (typeof value === "string" ? cut(value, 5000) : "");
    this.end("bad", [status, text(title)].filter(Boolean).join(" "));
    const shown = [make("p", { className: "detail", textContent: text(detail) })];
    if (code) shown.push(make("p", { className: "hint" }, "code ", make("code", { textContent: text(code) })));
    if (Array.isArray(errors)) shown.push(make("ul", {}, ...errors.slice(0, 100).filter(isObject).map((error) => line(error, lead))));
    if (Object.keys(rest).length > 0) shown.push(make("pre", { textContent: cut(print(rest), MOST_TEXT) }));
    $("problem").replaceChildren(...shown);
    $("problem").hidden = false;
  }

  /** Shows what is wrong with the request as it is written, before anything is sent. */
  unreadable(errors) {
    this.begin();
    this.end("bad", "Not sent");
    $("time").textContent = "";
    const list = make("ul", {}, ...errors.map(({ field, text }) => make("li", {}, field
      ? button(cut(field.about.name, 200), () => field.focus(), { className: "lead" })
      : "request", `: ${cut(text, 500)}`)));
    $("problem").replaceChildren(make("p", { className: "detail", textContent: "The request cannot be sent as it is written." }), list);
    $("problem").hidden = false;
  }

  failed(text) {
    this.end("bad", "No answer");
    $("problem").replaceChildren(make("p", { className: "detail", textContent: text }));
    $("problem").hidden = false;
  }

  cancelled() {
    this.end("bad", "Cancelled");
  }

  end(look, text) {
    clearInterval(this.clock);
    this.say(look, text);
  }

  /** Takes away what came of a call of another command. */
  clear() {
    clearInterval(this.clock);
    $("outcome").hidden = true;
  }

  listen() {
    $("copy-result").addEventListener("click", (event) => copy(this.text, $("result"), event.target));
  }
}

function line(error, lead) {
  const pointer = typeof error.pointer === "string" ? error.pointer : "#";
  const place = steps(pointer).join(" › ") || "request";
  const detail = `: ${cut(String(error.detail ?? "not valid"), 2000)}`;
  const action = lead(pointer);
  return make("li", {}, action ? button(cut(place, 200), action, { className: "lead" }) : make("strong", { textContent: cut(place, 200) }), detail);
}
