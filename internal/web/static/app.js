// Comforts on top of pages that work without scripts: ticking clocks, copying,
// keys for lists, menus that close. Everything is found by data attributes, so
// parts that htmx fetches later work as well.
"use strict";
(function () {
  // Clocks: [data-deadline][data-now][data-speed], milliseconds of domain time.
  // The server's "now" and the time since the page came avoid trusting the
  // device's own clock.
  const started = new WeakMap();

  function two(n) { return String(n).padStart(2, "0"); }

  function countdown(ms) {
    const s = Math.floor(Math.abs(ms) / 1000);
    if (s < 3600) return Math.floor(s / 60) + ":" + two(s % 60);
    return Math.floor(s / 3600) + ":" + two(Math.floor(s / 60) % 60) + ":" + two(s % 60);
  }

  function tick() {
    for (const el of document.querySelectorAll("[data-deadline]")) {
      if (!started.has(el)) started.set(el, performance.now());
      const passed = (performance.now() - started.get(el)) * Number(el.dataset.speed || 1);
      const left = Number(el.dataset.deadline) - Number(el.dataset.now) - passed;
      if (Math.abs(left) >= 86400000) continue; // the server's words: days and hours
      el.textContent = (left < 0 ? el.dataset.over : el.dataset.ahead).replace("{0}", countdown(left));
      el.classList.toggle("fail", left < 300000);
    }
  }

  // Copying: [data-copy]; the label tells that it worked.
  function copyByHand(text) {
    const area = document.createElement("textarea");
    area.value = text;
    area.setAttribute("readonly", "");
    area.className = "unseen";
    document.body.append(area);
    area.select();
    const ok = document.execCommand("copy");
    area.remove();
    return ok ? Promise.resolve() : Promise.reject(new Error("copy"));
  }

  function copy(button) {
    const text = button.dataset.copy;
    const done = navigator.clipboard && window.isSecureContext
      ? navigator.clipboard.writeText(text).catch(function () { return copyByHand(text); })
      : copyByHand(text);
    done.then(function () {
      const label = button.textContent;
      button.textContent = "✓ " + button.dataset.done;
      setTimeout(function () { button.textContent = label; }, 1600);
    }, function () { window.prompt("", text); });
  }

  // Rows: [data-row="group"]; J and K move, Enter opens. The chosen row has the
  // class "on"; a page with one item per address marks it on the server.
  function move(step) {
    const rows = Array.from(document.querySelectorAll("[data-row]"));
    if (!rows.length) return false;
    const at = rows.findIndex(function (r) { return r.classList.contains("on"); });
    const next = Math.min(rows.length - 1, Math.max(0, at < 0 ? 0 : at + step));
    for (const r of rows) r.classList.remove("on");
    rows[next].classList.add("on");
    rows[next].scrollIntoView({ block: "nearest" });
    const link = rows[next].querySelector("a[href]");
    if (link && rows[next].dataset.follow !== undefined) link.click();
    return true;
  }

  function press(key) {
    if (key === "j") return move(1);
    if (key === "k") return move(-1);
    if (key === "enter") {
      const link = document.querySelector("[data-row].on a[href]");
      if (link) link.click();
      return Boolean(link);
    }
    const scope = document.querySelector("[data-row].on [data-key='" + CSS.escape(key.toUpperCase()) + "']");
    const target = scope || document.querySelector("[data-key='" + CSS.escape(key.toUpperCase()) + "']");
    if (!target || target.disabled) return false;
    target.click();
    return true;
  }

  function typing(el) {
    return el.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName);
  }

  document.addEventListener("keydown", function (e) {
    if (e.key === "Escape") return closeSheets(null);
    if ((e.metaKey || e.ctrlKey) && !e.altKey) {
      const field = document.querySelector("[data-focus-key='" + CSS.escape(e.key.toLowerCase()) + "']");
      if (field) { e.preventDefault(); field.focus(); field.select(); }
      return;
    }
    if (e.altKey || e.isComposing || e.repeat && e.key !== "j" && e.key !== "k" || typing(e.target)) return;
    if (e.key === "Enter" && /^(A|BUTTON|SUMMARY)$/.test(e.target.tagName)) return;
    if (press(e.key.toLowerCase())) e.preventDefault();
  });

  // Menus: details[data-sheet] close when something else is clicked.
  function closeSheets(inside) {
    for (const d of document.querySelectorAll("details[data-sheet][open], details.def[open]")) {
      if (!inside || !d.contains(inside)) d.removeAttribute("open");
    }
  }

  document.addEventListener("click", function (e) {
    closeSheets(e.target);
    const button = e.target.closest("[data-copy]");
    if (button) copy(button);
  });

  document.addEventListener("change", function (e) {
    if (e.target.matches("[data-autosubmit]")) e.target.form.submit();
  });

  // Typed confirmation: the button waits until the name is right. The server
  // checks it again.
  document.addEventListener("input", function (e) {
    const form = e.target.closest("form[data-confirm]");
    if (form && e.target.name === "confirm") confirmState(form);
  });

  function confirmState(form) {
    form.querySelector("button").disabled = form.elements.confirm.value.trim() !== form.dataset.confirm.trim();
  }

  // A double click does not send a form twice; after a few seconds it may be
  // sent again, because an answer may have been a download.
  document.addEventListener("submit", function (e) {
    if (e.defaultPrevented) return;
    if (e.target.dataset.sent) { e.preventDefault(); return; }
    if (e.target.method !== "post") return;
    e.target.dataset.sent = "1";
    setTimeout(function () { delete e.target.dataset.sent; }, 5000);
  });

  // Back from the browser's page cache: state pages must not be old.
  window.addEventListener("pageshow", function (e) {
    if (e.persisted) window.location.reload();
  });

  // In a list with its own scroll bar the chosen row is in sight, as after J.
  const chosen = document.querySelector(".panes [data-row].on");
  if (chosen) chosen.scrollIntoView({ block: "nearest" });

  document.querySelectorAll("form[data-confirm]").forEach(confirmState);
  tick();
  setInterval(tick, 1000);
})();
