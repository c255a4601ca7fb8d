"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const severities = ["critical", "high", "medium", "low", "info", "unknown"];
  const page = 200;
  const body = document.getElementById("rows");
  const count = document.getElementById("count");
  const more = document.getElementById("more");
  const state = { off: new Set(), text: "", control: "", target: "", suppressed: false, sort: "", up: true, shown: page };

  // Text of others: control characters and those that reorder or hide text are written out.
  const hidden = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;
  const clean = (text) => text.replace(hidden, (c) => "\\u{" + c.codePointAt(0).toString(16) + "}");
  const make = (tag, name, ...children) => {
    const node = document.createElement(tag);
    if (name) node.className = name;
    for (const child of children) node.append(typeof child === "string" ? clean(child) : child);
    return node;
  };
  const number = (value) => value.toLocaleString("en");

  for (const finding of data.findings) {
    const v = finding.vulnerability;
    const words = [finding.id, finding.title, finding.message, finding.rule, finding.control, finding.place, ...finding.packages];
    if (v) words.push(v.id, v.summary || "", ...v.aliases);
    finding.words = words.join("\n").toLowerCase();
  }

  const keys = {
    severity: (f) => f.severity,
    finding: (f) => (f.vulnerability ? f.vulnerability.id : f.title),
    where: (f) => f.packages[0] || f.place,
    fix: (f) => f.fixed || "\uffff",
    epss: (f) => (f.vulnerability && f.vulnerability.epss ? -f.vulnerability.epss.score : 1),
    control: (f) => f.control,
  };

  const chosen = () => {
    const words = state.text.toLowerCase().split(/\s+/).filter(Boolean);
    const list = data.findings.filter((f) =>
      !state.off.has(f.severity) && (state.suppressed || !f.suppression) && (!state.control || f.control === state.control) &&
      (!state.target || f.target === +state.target) && words.every((w) => f.words.includes(w)));
    const key = keys[state.sort];
    if (key) {
      const sign = state.up ? 1 : -1;
      const order = new Map(list.map((f, i) => [f, i]));
      list.sort((a, b) => {
        const x = key(a), y = key(b);
        const o = typeof x === "number" ? x - y : x < y ? -1 : x > y ? 1 : 0;
        return sign * o || order.get(a) - order.get(b);
      });
    }
    return list;
  };

  const row = (f) => {
    const v = f.vulnerability;
    const tr = make("tr", "row live" + (f.suppression ? " suppressed" : ""));
    tr.tabIndex = 0;
    tr.append(make("td", "", make("span", "sev " + severities[f.severity], severities[f.severity])));
    const name = make("td", "", v ? v.id : f.title);
    if (v && v.kev) name.append(" ", make("span", "tag kev", "exploited"));
    if (f.suppression) name.append(" ", make("span", "tag", "suppressed"));
    const second = v ? v.summary || f.title : f.message;
    if (second !== f.title || v) name.append(make("small", "", second));
    tr.append(name);
    const where = make("td", "", f.packages[0] || f.place);
    if (f.packages.length > 1) where.append(make("small", "", "and " + (f.packages.length - 1) + " more"));
    else if (f.packages[0] && f.place) where.append(make("small", "", f.place));
    tr.append(where);
    const fix = make("td", "", f.fixed || (f.fix && f.fix.command) || "");
    if (fix.textContent) fix.dataset.label = "fix:";
    const epss = make("td", "num", v && v.epss ? (v.epss.score * 100).toFixed(1) + "%" : "");
    if (epss.textContent) epss.dataset.label = "EPSS";
    tr.append(fix, epss, make("td", "control", f.control));
    const toggle = () => {
      const next = tr.nextElementSibling;
      if (next && next.classList.contains("open")) next.remove();
      else tr.after(details(f));
    };
    tr.addEventListener("click", toggle);
    tr.addEventListener("keydown", (e) => {
      if (e.key === "Enter" || e.key === " ") { e.preventDefault(); toggle(); }
    });
    return tr;
  };

  const details = (f) => {
    const v = f.vulnerability;
    const td = make("td", "", make("p", "", f.message));
    td.colSpan = 6;
    const facts = make("dl", "facts");
    const fact = (name, value) => { if (value) facts.append(make("dt", "", name), make("dd", "", value)); };
    fact("id", f.id);
    fact("rule", f.rule);
    fact("target", data.targets[f.target]);
    fact("where", f.place);
    fact("layer", f.layer);
    fact("made by", f.instruction);
    fact("packages", f.packages.join(", "));
    if (v) {
      fact("also", v.aliases.join(", "));
      fact("affected", v.range);
      fact("fixed in", v.fixed.join(", ") || "no version is published");
      fact("CVSS", v.cvss.map((c) => c.score.toFixed(1) + " (" + c.vector + ", by " + c.source + ")").join(", "));
      if (v.epss) fact("EPSS", (v.epss.score * 100).toFixed(2) + "% within 30 days");
      if (v.kev) fact("exploited", "known since " + v.kev.added + (v.kev.due ? ", to be closed by " + v.kev.due : "") + (v.kev.ransomware ? ", used by ransomware" : ""));
      fact("published", v.published);
    }
    if (f.fix) fact("fix", f.fix.command && make("code", "", f.fix.command));
    if (f.suppression) fact("suppressed", "by " + f.suppression.by + ": " + f.suppression.reason + (f.suppression.until ? ", until " + f.suppression.until : ""));
    td.append(facts);
    if (f.because.length) {
      const steps = make("ol", "");
      for (const b of f.because) steps.append(make("li", "", b.what + " ", make("span", "quiet", "(" + b.from + ")")));
      td.append(make("h3", "", "Why"), steps);
    }
    const urls = v ? v.urls.filter((u) => /^https?:\/\//.test(u)) : [];
    if (urls.length) {
      const list = make("ul", "");
      for (const url of urls.slice(0, 20)) {
        const a = make("a", "", url);
        a.href = url;
        a.rel = "noopener noreferrer nofollow";
        a.target = "_blank";
        list.append(make("li", "", a));
      }
      td.append(make("h3", "", "Read more"), list);
    }
    return make("tr", "open", td);
  };

  const draw = () => {
    const list = chosen();
    body.replaceChildren(...list.slice(0, state.shown).map(row));
    count.textContent = number(list.length) + " of " + number(data.findings.length) + " findings";
    more.hidden = list.length <= state.shown;
    more.textContent = "Show " + number(Math.min(page, list.length - state.shown)) + " more";
  };
  const redraw = () => { state.shown = page; draw(); };

  const tools = document.getElementById("tools");
  severities.forEach((name, index) => {
    const n = data.findings.filter((f) => f.severity === index).length;
    if (!n) return;
    const button = make("button", "toggle " + name, name + " " + number(n));
    button.type = "button";
    button.setAttribute("aria-pressed", "true");
    button.addEventListener("click", () => {
      const on = !state.off.delete(index);
      if (on) state.off.add(index);
      button.setAttribute("aria-pressed", String(!on));
      redraw();
    });
    tools.append(button);
  });
  const select = (label, all, options, change) => {
    if (options.length < 2) return null;
    const node = make("select", "");
    node.setAttribute("aria-label", label);
    node.append(new Option(all, ""), ...options.map(([text, value]) => new Option(clean(text), value)));
    node.addEventListener("change", () => { change(node.value); redraw(); });
    tools.append(node);
    return node;
  };
  const controls = [...new Set(data.findings.map((f) => f.control))].sort();
  const control = select("Control", "every control", controls.map((c) => [c, c]), (value) => { state.control = value; });
  select("Target", "every target", data.targets.map((t, i) => [t, String(i)]), (value) => { state.target = value; });
  if (data.findings.some((f) => f.suppression)) {
    const button = make("button", "toggle", "show suppressed");
    button.type = "button";
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => {
      state.suppressed = !state.suppressed;
      button.setAttribute("aria-pressed", String(state.suppressed));
      redraw();
    });
    tools.append(button);
  }
  document.getElementById("search").addEventListener("input", (e) => { state.text = e.target.value; redraw(); });
  for (const th of document.querySelectorAll("th[data-sort]")) {
    const button = make("button", "", th.textContent);
    button.type = "button";
    th.replaceChildren(button);
    button.addEventListener("click", () => {
      state.up = state.sort === th.dataset.sort ? !state.up : true;
      state.sort = th.dataset.sort;
      for (const other of document.querySelectorAll("th[data-sort]")) other.removeAttribute("aria-sort");
      th.setAttribute("aria-sort", state.up ? "ascending" : "descending");
      redraw();
    });
  }
  for (const cell of document.querySelectorAll("[data-control]")) {
    if (!control || !controls.includes(cell.dataset.control)) continue;
    cell.classList.add("live");
    cell.addEventListener("click", () => {
      control.value = state.control = cell.dataset.control;
      redraw();
      document.getElementById("findings").scrollIntoView();
    });
  }
  more.addEventListener("click", () => { state.shown += page; draw(); });
  addEventListener("beforeprint", () => { state.shown = Math.max(state.shown, 2000); draw(); });
  tools.hidden = false;
  draw();
})();
