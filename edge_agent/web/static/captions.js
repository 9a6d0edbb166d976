// Captions: what both sides say, as the device hears and speaks it.
import { feed } from "/feed.js";
import { light } from "/light.js";
import { forget, show } from "/said.js";
import { translate } from "/words.js";

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
