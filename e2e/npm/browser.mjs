// A Chromium without a window that does what it is told: the end-to-end tests drive it (tests/all/docs_page/browser.rs).
//
// `playwright-core` drives it because that package is one package, and downloads nothing: the browser is the machine's own.
//
//     node browser.mjs /usr/bin/chromium ORIGIN
//
// Each command is one line of JSON, answered by one line with `result` or `error`, in turn. The end of stdin ends the browser.
//
//     {"do":"open","path":"/docs"}
//     {"do":"fill","label":"age","text":"7"}      a field, by the label a person sees
//     {"do":"choose","label":"kind","text":"b"}   one of a list
//     {"do":"click","role":"button","name":"Call"}
//     {"do":"check","label":"JSON"}
//     {"do":"press","key":"Enter"}
//     {"do":"text","at":"#id","has":"a.b"}        waits until it can be seen with this text in it; answers all of its text
//     {"do":"gone","at":"#login"}                 waits until it cannot be seen
//     {"do":"count","at":"#commands li"}
//     {"do":"value","label":"age"}
//     {"do":"focused"}                            the id of the element that has the focus
//     {"do":"seen"}                               what must not be: dialogs, errors of scripts, requests to elsewhere; and where it is

import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const [program, origin] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: program, timeout: 30_000 });
const page = await browser.newPage();
page.setDefaultTimeout(10_000);

const seen = { dialogs: [], errors: [], elsewhere: [], requests: 0 };
page.on("dialog", (dialog) => {
  seen.dialogs.push(dialog.message());
  dialog.dismiss();
});
page.on("pageerror", (error) => seen.errors.push(String(error)));
page.on("console", (message) => {
  // What the policy of the page refuses is told here, too. That a server answers with an error, or not at all, is no fault of the page.
  if (message.type() === "error" && !message.text().startsWith("Failed to load resource:")) seen.errors.push(message.text());
});
page.context().on("request", (request) => {
  seen.requests += 1;
  if (new URL(request.url()).origin !== origin) seen.elsewhere.push(request.url());
});

const labelled = ({ label }) => page.getByLabel(label, { exact: true }).and(page.locator("input, select, textarea"));
const actions = {
  open: async ({ path }) => { await page.goto(origin + path); },
  fill: async (it) => { await labelled(it).fill(it.text); },
  choose: async (it) => { await labelled(it).selectOption({ label: it.text }); },
  check: async (it) => { await labelled(it).check({ force: true }); },
  click: async ({ role, name }) => { await page.getByRole(role, { name, exact: true }).click(); },
  press: async ({ key }) => { await page.keyboard.press(key); },
  text: async ({ at, has }) => {
    const found = page.locator(at).filter({ hasText: has }).first();
    await found.waitFor();
    return found.innerText();
  },
  gone: async ({ at }) => { await page.locator(at).waitFor({ state: "hidden" }); },
  count: async ({ at }) => page.locator(at).count(),
  value: async (it) => labelled(it).inputValue(),
  focused: async () => page.evaluate(() => document.activeElement?.id),
  seen: async () => ({
    ...seen,
    url: page.url(),
    ...await page.evaluate(() => ({ ran: "pwned" in globalThis, kept: { ...localStorage }, kept_here: Object.values(sessionStorage), cookies: document.cookie })),
  }),
};

console.log(JSON.stringify({ result: "ready" }));
for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  try {
    console.log(JSON.stringify({ result: (await actions[command.do](command)) ?? null }));
  } catch (error) {
    console.log(JSON.stringify({ error: `${line}: ${error.message}` }));
  }
}
await browser.close();
