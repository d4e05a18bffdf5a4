// Before anything is drawn: how the person at the screen set it up. Forgotten with the end of their time.
"use strict";
document.documentElement.className = sessionStorage.getItem("look") || "";
