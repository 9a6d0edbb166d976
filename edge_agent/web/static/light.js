// The light of the device, as both pages show it.
import { say } from "/words.js";

export function light({ mode, colour, sign }) {
  document.body.dataset.colour = colour;
  document.getElementById("sign").textContent = sign;
  document.getElementById("mode").textContent = say(mode);
}
