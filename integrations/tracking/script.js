/* Throughline's snippet: who visits, through which campaign, and which number to show them. No dependency.

   <script async src="https://HOST/t/WRITE_KEY.js" data-consent="required"></script>

   data-consent="required": nothing happens before throughline.consent(true); throughline.consent(false) ends it.
   A browser that says Global Privacy Control is left alone. Mark each phone number with data-tracking-number. */
(function () {
  "use strict";
  var own = document.currentScript;
  var address = own && /^(.*)\/t\/([^/]+)\.js(?:$|\?)/.exec(own.src);
  if (!address || window.throughline) return;
  var host = address[1], key = address[2];
  var CAMPAIGN = ["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content",
    "gclid", "gbraid", "wbraid", "fbclid"];
  var AGREED = "throughline_consent", VISITOR = "throughline_id", LANDED = "throughline_landed";
  var BEAT = 20000, memory = {}, shown = null, before = [], beating = null, running = false, asked = false, here = "";

  function keep(name, value) {
    memory[name] = value;
    try { localStorage.setItem(name, value); } catch (blocked) { /* for this page only, then */ }
    return value;
  }
  function kept(name) {
    try { return localStorage.getItem(name) || memory[name]; } catch (blocked) { return memory[name]; }
  }
  function forget(name) {
    delete memory[name];
    try { localStorage.removeItem(name); sessionStorage.removeItem(name); } catch (blocked) { /* it was not there */ }
  }
  function unique() {
    if (window.crypto && crypto.randomUUID) return crypto.randomUUID();
    return "v" + Date.now().toString(36) + Math.random().toString(36).slice(2) + Math.random().toString(36).slice(2);
  }
  function visitor() { return kept(VISITOR) || keep(VISITOR, unique()); }

  function campaign() {
    var found = {}, query = new URLSearchParams(location.search);
    CAMPAIGN.forEach(function (name) { if (query.get(name)) found[name] = query.get(name).slice(0, 200); });
    return found;
  }
  function landed() {
    var told = campaign(), before = null;
    try { before = JSON.parse(sessionStorage.getItem(LANDED)); } catch (blocked) { before = memory[LANDED]; }
    if (before && !Object.keys(told).length) return before;
    told.page = location.href.split("#")[0].slice(0, 500);
    if (document.referrer) told.referrer = document.referrer.slice(0, 500);
    memory[LANDED] = told;
    try { sessionStorage.setItem(LANDED, JSON.stringify(told)); } catch (blocked) { /* for this page only, then */ }
    return told;
  }

  function post(path, body, then) {
    try {
      fetch(host + path, { method: "POST", body: JSON.stringify(body), keepalive: true, credentials: "omit",
        headers: { "Content-Type": "text/plain" } })
        .then(function (answer) { return answer.ok && then ? answer.json().then(then) : null; })
        .catch(function () { /* the site's policy forbids it, or there is no network: its own number stays */ });
    } catch (blocked) { /* likewise */ }
  }
  function page() {
    if (location.href === here) return;
    var from = here || document.referrer, told = campaign();
    here = location.href;
    var context = { page: { url: here, path: location.pathname, title: document.title, referrer: from },
      locale: navigator.language, userAgent: navigator.userAgent };
    if (told.utm_source || told.utm_campaign) {
      context.campaign = { source: told.utm_source, medium: told.utm_medium, name: told.utm_campaign,
        term: told.utm_term, content: told.utm_content };
    }
    var about = { url: here, path: location.pathname, title: document.title, referrer: from };
    Object.keys(told).forEach(function (name) { about[name] = told[name]; });
    post("/v1/page", { writeKey: key, anonymousId: visitor(), messageId: unique(), name: document.title,
      properties: about, context: context, timestamp: new Date().toISOString() });
  }

  function swap(root) {
    if (!shown) return;
    var marked = Array.prototype.slice.call(root.querySelectorAll("[data-tracking-number]"));
    if (root.matches && root.matches("[data-tracking-number]")) marked.push(root);
    marked.forEach(function (one) {
      var link = one.closest("a") || one.querySelector("a") || one;
      if (link.tagName === "A" && /^tel:/i.test(link.getAttribute("href") || "")) put(link, "href", "tel:" + shown.number);
      var text = one.querySelector("[data-tracking-text]") || (one.children.length ? null : one);
      if (text) put(text, "textContent", shown.text);
    });
  }
  function put(one, name, value) {
    if (one[name] === value) return;
    before.push([one, name, one[name]]);
    one[name] = value;
  }
  function putBack() { while (before.length) { var last = before.pop(); last[0][last[1]] = last[2]; } }
  function ask() {
    var first = !asked;
    asked = true;
    post("/t/" + key + "/number", { visitor: visitor(), landed: landed(), is_landing: first }, function (told) {
      if (!running || !told.number) return;
      shown = told;
      swap(document);
    });
  }
  function beat() { if (document.visibilityState !== "hidden") ask(); }
  function moved() { setTimeout(function () { if (running) { page(); swap(document); } }, 0); }

  function start() {
    if (running) return;
    running = true;
    page();
    ask();
    beating = setInterval(beat, BEAT);
  }
  function stop() {
    running = asked = false;
    shown = null;
    here = "";
    clearInterval(beating);
    forget(VISITOR);
    forget(LANDED);
    putBack();
  }
  function mayTrack() {
    if (navigator.globalPrivacyControl) return false;
    return own.getAttribute("data-consent") !== "required" || kept(AGREED) === "yes";
  }

  window.throughline = {
    consent: function (given) {
      if (given && !navigator.globalPrivacyControl) { keep(AGREED, "yes"); start(); } else { forget(AGREED); stop(); }
    },
    number: function () { return shown && shown.number; },
    visitor: function () { return running ? visitor() : null; }
  };
  ["pushState", "replaceState"].forEach(function (name) {
    var before = history[name];
    history[name] = function () { var made = before.apply(this, arguments); moved(); return made; };
  });
  addEventListener("popstate", moved);
  document.addEventListener("visibilitychange", function () { if (running) beat(); });
  if (window.MutationObserver) {
    new MutationObserver(function (changes) {
      changes.forEach(function (change) {
        change.addedNodes.forEach(function (node) { if (node.nodeType === 1) swap(node); });
      });
    }).observe(document.documentElement, { childList: true, subtree: true });
  }
  if (mayTrack()) start();
})();
