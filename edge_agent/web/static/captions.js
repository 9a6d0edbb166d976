// Captions: what both sides say, as the device hears and speaks it. Nothing of it is kept anywhere but on the screen.
import { feed } from "/feed.js";
import { light } from "/light.js";
import { say, translate } from "/words.js";

const MOST = 200;
const said = document.getElementById("said");
const shown = new Map(); // by the id of the caption

function forget() {
  shown.clear();
  said.replaceChildren();
}

function show(caption) {
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

translate();
document.getElementById("full").addEventListener("click", () => document.documentElement.requestFullscreen());
document.addEventListener("fullscreenchange", () => document.body.classList.toggle("full", !!document.fullscreenElement));
// a page that a browser has put aside must not show an earlier visit when it comes back
window.addEventListener("pagehide", forget);
const device = feed("/socket/captions", {
  message(told) {
    if (told.forget) forget();
    if (told.caption) show(told.caption);
    if (told.light) light(told.light);
    if (told.phone) {
      document.getElementById("phone").src = told.phone;
      document.getElementById("phone").hidden = false;
    }
    if (told.over) {
      device.end();
      forget();
      document.getElementById("over").hidden = false;
    }
  },
  up(is) {
    document.getElementById("lost").hidden = is;
    if (!is) forget();
  },
});
