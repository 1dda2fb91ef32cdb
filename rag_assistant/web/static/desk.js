// The desk's scripts. Nothing is stored, nothing is sent but the wish to be forgotten.
import "./desk/announcing.js";
import "./desk/structure.js";
import "./desk/themes.js";
import "./desk/keys.js";
import "./desk/leaving.js";
import "./desk/faults.js";
import "./desk/taking.js";
