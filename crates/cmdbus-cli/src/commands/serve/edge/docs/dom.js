// Elements. Whatever comes from the bus is put on the page as text, never as markup; the policy of the page refuses the rest.

export const $ = (id) => document.getElementById(id);

/** Makes an element. Properties in lower case with a dash, and `role`, are attributes. */
export function make(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role") node.setAttribute(name, value);
    else node[name] = value;
  }
  node.append(...children);
  return node;
}

export const button = (text, action, properties = {}) => {
  const node = make("button", { type: "button", textContent: text, ...properties });
  node.addEventListener("click", action);
  return node;
};

/** Cuts a text that nobody would read to its end. */
export const cut = (text, most) => (text.length > most ? `${text.slice(0, most)}…` : text);

/** Copies a text and says so on the button; where there is no clipboard, selects it for the person to copy. */
export async function copy(text, shown, by) {
  try {
    await navigator.clipboard.writeText(text);
    const before = by.textContent;
    by.textContent = "Copied";
    setTimeout(() => { by.textContent = before; }, 1500);
  } catch {
    getSelection().selectAllChildren(shown);
  }
}
