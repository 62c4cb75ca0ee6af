// The request of a command, in one of two views: a form, or JSON as it is sent.

import { $, cut, make } from "./dom.js";
import { form } from "./groups.js";
import { parse, print, same } from "./json.js";
import { steps } from "./schema.js";

export class Request {
  constructor() {
    this.field = null;
    for (const view of ["form", "json"]) $(`view-${view}`).addEventListener("change", () => this.turn(view));
    $("json").addEventListener("input", () => { $("json-error").textContent = ""; });
  }

  /** Shows an empty request of a command. */
  show(document, { request, needsRequest }) {
    this.field = request === undefined ? null : form(document, request, needsRequest);
    const nothing = make("p", { className: "hint", textContent: "This command takes no request." });
    $("fields").replaceChildren(this.field?.node ?? nothing);
    this.field?.node.classList.add("bare");
    $("views").hidden = this.field === null;
    $("json").value = "";
    this.open("form");
  }

  get isJson() {
    return $("view-json").checked;
  }

  open(view) {
    $(`view-${view}`).checked = true;
    $("fields").hidden = view !== "form";
    $("raw").hidden = view === "form";
    $("json-error").textContent = "";
  }

  /** Changes the view, and takes along what is written. */
  turn(view) {
    if (view === "json") {
      const value = this.field.read(() => {});
      $("json").value = value === undefined ? "" : print(value);
      return this.open("json");
    }
    let value;
    try {
      value = $("json").value.trim() === "" ? undefined : parse($("json").value);
    } catch (error) {
      this.open("json");
      $("json-error").textContent = `This is not JSON: ${error.message}`;
      return undefined;
    }
    this.field.clear();
    this.field.write(value);
    const shown = this.field.read(() => {});
    // An object that nothing is in and none at all look the same in a form.
    const isSame = value === undefined || same(value, shown);
    this.open(isSame ? "form" : "json");
    if (!isSame) $("json-error").textContent = "The form cannot show all of this. It is sent as it stands here.";
    return undefined;
  }

  /** Returns the body, where `undefined` is none, and tells what is wrong with what is written. */
  body(report) {
    if (this.field === null) return undefined;
    if (this.isJson) {
      const text = $("json").value.trim();
      try {
        if (text !== "") parse(text);
      } catch (error) {
        report(null, `this is not JSON: ${error.message}`);
      }
      return text === "" ? undefined : text;
    }
    const value = this.field.read(report);
    return value === undefined ? undefined : JSON.stringify(value);
  }

  /** Says at a field what the server says of its value, and returns what leads there. */
  blame(error) {
    if (!this.field || this.isJson || typeof error?.pointer !== "string") return;
    const { field, rest } = this.field.find(steps(error.pointer));
    // What has no field of its own is named.
    const place = rest.length > 0 ? `\`${cut(rest.join(" › "), 200)}\`: ` : "";
    field.complain(cut(`${place}${error.detail ?? "not valid"}`, 2000));
  }

  lead(pointer) {
    if (!this.field || this.isJson) return undefined;
    return () => this.field.find(steps(pointer)).field.focus();
  }

  clear() {
    this.field?.clear();
  }
}
