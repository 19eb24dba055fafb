// Nodes from plain words. Whatever is shown goes in as text, never as markup.

/** Make an element: attributes by name, `data` for data-*, children nodes or text. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

export const byId = (id) => document.getElementById(id);

/**
 * Make `node` look like `wanted`, keeping what is the same: so focus, a playing video,
 * a loaded picture, an opened fold and a moving bar all stay.
 */
export function morph(node, wanted) {
  if (node.nodeType !== wanted.nodeType || node.nodeName !== wanted.nodeName || key(node) !== key(wanted)) {
    node.replaceWith(wanted);
    return;
  }
  if (node.nodeType === Node.TEXT_NODE) {
    if (node.data !== wanted.data) node.data = wanted.data;
    return;
  }
  morphAttributes(node, wanted);
  morphChildren(node, wanted);
}

const key = (node) => (node.nodeType === Node.ELEMENT_NODE ? node.getAttribute("data-key") : null);

function morphAttributes(node, wanted) {
  for (const { name, value } of wanted.attributes) {
    if (node.getAttribute(name) !== value) node.setAttribute(name, value);
  }
  for (const { name } of [...node.attributes]) {
    const ours = name === "style" || (name === "open" && node.nodeName === "DETAILS");
    if (!ours && !wanted.hasAttribute(name)) node.removeAttribute(name);
  }
}

function morphChildren(node, wanted) {
  const fresh = [...wanted.childNodes];
  fresh.forEach((child, place) => {
    const match = key(child) && [...node.childNodes].slice(place).find((old) => key(old) === key(child));
    const old = node.childNodes[place];
    if (match && match !== old) node.insertBefore(match, old);
    const now = node.childNodes[place];
    if (now === undefined) node.append(child);
    else if (key(now) && key(now) !== key(child)) node.insertBefore(child, now);
    else morph(now, child);
  });
  while (node.childNodes.length > fresh.length) node.lastChild.remove();
}
