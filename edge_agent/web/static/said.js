// What both sides say, line by line. Nothing of it is kept anywhere but on the screen.
import { say } from "/words.js";

const MOST = 200;
const said = document.getElementById("said");
const shown = new Map(); // by the id of the caption

export function forget() {
  shown.clear();
  said.replaceChildren();
}

export function show(caption) {
  let line = shown.get(caption.id);
  if (!caption.text) {
    line?.remove();
    shown.delete(caption.id);
    return;
  }
  if (!line) {
    line = document.createElement("p");
    line.className = caption.who;
    const who = document.createElement("span");
    who.className = "away";
    who.textContent = `${say(caption.who)}: `;
    line.append(who, document.createElement("span"));
    shown.set(caption.id, line);
    said.append(line);
  }
  line.lastChild.textContent = caption.text;
  line.classList.toggle("partial", !caption.final);
  line.classList.toggle("cut", caption.cut);
  while (said.childElementCount > MOST) {
    const [oldest] = shown.keys();
    shown.get(oldest).remove();
    shown.delete(oldest);
  }
  said.scrollTop = said.scrollHeight;
}
