"use strict";
// Shows the lines of the trace that stand in this page, which are those of `rilctl trace export --to jsonl`, as a ladder.
// What comes out of a trace may be hostile: it becomes text of elements and nothing else.
(() => {
  const byId = (id) => document.getElementById(id);
  const ROW = 30;
  const MOST_CHARACTERS = 4000;
  const lines = byId("trace").textContent.trim().split("\n");

  // Reading -----------------------------------------------------------------------------------------------------------

  const ROUTER = "router", RILD = "rild", MODEM = "modem", SERVICE = "service";
  // Columns by key: a phone may have the name of something else.
  const columns = new Map();
  const rows = [];
  const messages = new Map();
  // The phones in the order of their configuration.
  const order = new Map();
  let leftOut = 0;

  const columnOf = (name, isPhone) => {
    const key = isPhone ? "phone " + name : name;
    if (!columns.has(key)) {
      columns.set(key, { name, isPhone, place: 0 });
    }
    return key;
  };

  const textOf = (line) => {
    if ("request" in line) return `${line.request} #${line.serial}`;
    if ("reply" in line) {
      const result = line.errno === "SUCCESS" ? "ok" : line.errno;
      const took = "took" in line ? ` after ${(line.took * 1000).toFixed(1)} ms` : "";
      return `${line.reply ?? "reply"} #${line.serial} ${result}${took}`;
    }
    if ("unsolicited" in line) return `! ${line.unsolicited}`;
    if ("ack" in line) return `#${line.ack} arrived`;
    return "service" in line ? "message" : "unreadable";
  };

  const kindOf = (line) => ["request", "reply", "unsolicited", "ack", "service"].find((kind) => kind in line) ?? "unreadable";

  const frameRow = (line, unanswered) => {
    const from = columnOf(line.from, line.way === "FROM_PHONE");
    const to = columnOf(line.to, line.way === "TO_PHONE");
    const kind = kindOf(line);
    const name = line.request ?? line.reply ?? line.unsolicited;
    const failed = kind === "reply" && line.errno !== "SUCCESS";
    // A payload that is not what ril.h says of a message that it has.
    const unread = "hex" in line && typeof name === "string";
    const row = { kind, from, to, name: name === undefined || name === null ? null : String(name) };
    row.error = failed || unread || kind === "unreadable";
    const link = `${line.way === "FROM_PHONE" ? from : line.way === "TO_PHONE" ? to : MODEM}#${line.serial}`;
    if (kind === "request") {
      if (!unanswered.has(link)) unanswered.set(link, []);
      unanswered.get(link).push(rows.length);
    } else if (kind === "reply" && "took" in line) {
      const asked = unanswered.get(link) ?? [];
      // Equal serials are answered in their order, but for requests that are not in this page.
      const place = asked.slice(0, 16).findIndex((place) => rows[place].name === row.name);
      if (place >= 0) {
        row.match = asked.splice(place, 1)[0];
        rows[row.match].match = rows.length;
      }
    }
    return row;
  };

  const read = () => {
    let unanswered = new Map();
    lines.forEach((text, place) => {
      if (text === "") return;
      const line = JSON.parse(text);
      let row;
      if ("left_out" in line) {
        leftOut = line.left_out;
        return;
      } else if ("session" in line) {
        unanswered = new Map();
        line.session.phones.forEach((name) => order.has(name) || order.set(name, order.size));
        row = { kind: "session", text: line.text, error: false };
      } else if ("damage" in line) {
        row = { kind: "damage", text: line.text, error: true };
      } else if ("event" in line) {
        const event = line.event !== null && typeof line.event === "object" ? Object.keys(line.event)[0] : line.event;
        const phone = ["phone_up", "phone_down", "foreground"].includes(event) ? line.event[event] : null;
        const of = phone !== null ? columnOf(phone, true) : ["modem_up", "modem_down"].includes(event) ? columnOf(MODEM, false) : null;
        row = { kind: "event", text: line.text, of, error: ["lost", "give_up", "store_failing"].includes(event) };
      } else {
        row = frameRow(line, unanswered);
        row.text = textOf(line);
      }
      row.line = place;
      row.at = line.at;
      const payload = "payload" in line ? JSON.stringify(line.payload) : "";
      row.find = `${row.text} ${line.from ?? ""} ${line.to ?? ""} ${payload}`.toLowerCase();
      if (row.name) messages.set(row.name, (messages.get(row.name) ?? 0) + 1);
      rows.push(row);
    });
    if (!columns.has(RILD)) columnOf(ROUTER, false);
    const last = order.size;
    const others = { [ROUTER]: last + 1, [RILD]: last + 1, [MODEM]: last + 2, [SERVICE]: last + 3 };
    const rank = (column) => (column.isPhone ? order.get(column.name) ?? last : others[column.name]);
    const ordered = [...columns.values()].sort((a, b) => rank(a) - rank(b));
    ordered.forEach((column, place) => { column.place = (place + 0.5) / ordered.length; });
    return ordered;
  };

  // The whole line, with numbers that JavaScript cannot hold as the text that they are.
  const lineOf = (row) => JSON.parse(lines[row.line], (key, value, context) => {
    const isExact = typeof value !== "number" || Number.isSafeInteger(value) || !context || !/^-?\d+$/.test(context.source);
    return isExact ? value : context.source;
  });

  // Drawing -----------------------------------------------------------------------------------------------------------

  const make = (tag, classes, text) => {
    const made = document.createElement(tag);
    if (classes) made.className = classes;
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const percent = (part) => `${part * 100}%`;

  const ordered = read();
  const ladder = byId("ladder"), space = byId("space"), drawn = byId("rows");
  // What is shown: rows by their places, and before a row that comes late a gap: -1 minus its place.
  let shown = [];
  let chosen = null;

  const placeOf = (key) => columns.get(key).place;

  const drawRow = (row, place) => {
    const made = make("div", `row ${row.kind}`);
    made.id = `row-${place}`;
    made.setAttribute("role", "option");
    made.setAttribute("aria-selected", String(place === chosen));
    if (row.error) made.classList.add("error");
    if (chosen !== null && rows[chosen].match === place) made.classList.add("match");
    made.append(make("span", "clock", row.at === undefined ? "" : row.at.toFixed(6)));
    const lanes = make("span", "lanes");
    if (row.from) {
      const [from, to] = [placeOf(row.from), placeOf(row.to)];
      const arrow = make("span", `arrow ${from < to ? "right" : "left"}`);
      arrow.style.left = percent(Math.min(from, to));
      arrow.style.width = percent(Math.abs(from - to));
      arrow.append(make("span", "what", row.text));
      lanes.append(arrow);
      made.setAttribute("aria-label", `${columns.get(row.from).name} to ${columns.get(row.to).name}: ${row.text}`);
    } else {
      const note = make("span", "note", row.text);
      note.style.left = percent(row.of ? placeOf(row.of) : 0.5);
      lanes.append(note);
    }
    made.append(lanes);
    made.addEventListener("click", () => choose(place));
    return made;
  };

  const drawGap = (item) => {
    const place = -1 - item;
    const made = make("div", "row gap");
    made.append(make("span", "", `${lasting(gapBefore(place))} of silence`));
    return made;
  };

  const lasting = (seconds) => {
    if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
    const minutes = Math.floor(seconds / 60);
    return minutes < 60 ? `${minutes} min ${Math.round(seconds % 60)} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  };

  const draw = () => {
    const top = Math.max(0, ladder.scrollTop - byId("heads").offsetHeight);
    const first = Math.max(0, Math.floor(top / ROW) - 8);
    const last = Math.min(shown.length, Math.ceil((top + ladder.clientHeight) / ROW) + 8);
    const made = [];
    for (let at = first; at < last; at += 1) {
      const item = shown[at];
      const row = item < 0 ? drawGap(item) : drawRow(rows[item], item);
      row.style.top = `${at * ROW}px`;
      made.push(row);
    }
    drawn.replaceChildren(...made);
  };

  let isWaiting = false;
  const drawSoon = () => {
    if (isWaiting) return;
    isWaiting = true;
    requestAnimationFrame(() => { isWaiting = false; draw(); });
  };

  // Choosing what is shown --------------------------------------------------------------------------------------------

  let before = [];
  const gapBefore = (place) => rows[place].at - rows[before[place]].at;

  const filter = () => {
    const words = byId("search").value.toLowerCase().split(/\s+/).filter((word) => word !== "");
    const [phone, message] = [byId("phone").value, byId("message").value];
    const onlyErrors = byId("errors").checked;
    const least = byId("gaps").value === "" ? Infinity : Number(byId("gaps").value);
    const holds = (row, word) => (word.startsWith("0x") && word.length > 2 ? lines[row.line].includes(word.slice(2)) : row.find.includes(word));
    shown = [];
    before = [];
    let count = 0, last = null;
    rows.forEach((row, place) => {
      if (row.kind === "session") last = null;
      if (onlyErrors && !row.error) return;
      if (phone !== "" && row.kind !== "session" && ![row.from, row.to, row.of].includes(phone)) return;
      if (message !== "" && row.name !== message) return;
      if (!words.every((word) => holds(row, word))) return;
      if (last !== null && row.at !== undefined && rows[last].at !== undefined && row.at - rows[last].at >= least) {
        before[place] = last;
        shown.push(-1 - place);
      }
      if (row.at !== undefined) last = place;
      shown.push(place);
      count += 1;
    });
    const of = count === rows.length ? "" : `${count.toLocaleString("en")} of `;
    const more = leftOut > 0 ? `; ${leftOut.toLocaleString("en")} more are not in this page` : "";
    byId("status").textContent = `${of}${rows.length.toLocaleString("en")} records${more}`;
    space.style.height = `${shown.length * ROW}px`;
    if (chosen !== null && !shown.includes(chosen)) choose(null);
    draw();
  };

  let searching;
  const filterSoon = () => {
    clearTimeout(searching);
    searching = setTimeout(filter, 120);
  };

  // Choosing a message ------------------------------------------------------------------------------------------------

  const reveal = (at) => {
    const heads = byId("heads").offsetHeight;
    const [top, bottom] = [at * ROW, (at + 1) * ROW + heads];
    if (top < ladder.scrollTop) ladder.scrollTop = top;
    else if (bottom > ladder.scrollTop + ladder.clientHeight) ladder.scrollTop = bottom - ladder.clientHeight;
  };

  const choose = (place) => {
    chosen = place;
    if (place === null) {
      ladder.removeAttribute("aria-activedescendant");
    } else {
      ladder.setAttribute("aria-activedescendant", `row-${place}`);
    }
    drawDetails();
    if (place !== null) reveal(shown.indexOf(place));
    draw();
  };

  // Chooses what a filter hides as well, for which the filters have to go.
  const jump = (place) => {
    if (!shown.includes(place)) {
      byId("search").value = byId("phone").value = byId("message").value = "";
      byId("errors").checked = false;
      filter();
    }
    choose(place);
  };

  const step = (by) => {
    const places = shown.filter((item) => item >= 0);
    if (places.length === 0) return;
    const at = chosen === null ? (by > 0 ? -1 : places.length) : places.indexOf(chosen);
    choose(places[Math.min(places.length - 1, Math.max(0, at + by))]);
  };

  const nextError = (by) => {
    const places = shown.filter((item) => item >= 0);
    for (let at = places.indexOf(chosen ?? -1) + by; at >= 0 && at < places.length; at += by) {
      if (rows[places[at]].error) return choose(places[at]);
    }
  };

  // Details -----------------------------------------------------------------------------------------------------------

  const value = (of) => {
    if (of === null) return make("dd", "null", "null");
    if (typeof of !== "object") return make("dd", "", String(of));
    const made = make("dd");
    made.append(fields(of));
    return made;
  };

  const fields = (of) => {
    if (of === null || typeof of !== "object") of = { value: of };
    const names = Object.keys(of);
    if (names.length === 0) return make("span", "null", Array.isArray(of) ? "none" : "nothing");
    const made = make("dl", "fields");
    names.forEach((name) => made.append(make("dt", "", name), value(of[name])));
    return made;
  };

  const dump = (hex) => {
    const out = [];
    for (let at = 0; at < hex.length && out.length * 48 < MOST_CHARACTERS; at += 32) {
      const bytes = hex.slice(at, at + 32).match(/../g);
      const shown = bytes.map((byte) => parseInt(byte, 16)).map((code) => (code > 31 && code < 127 ? String.fromCharCode(code) : "."));
      out.push(`${(at / 2).toString(16).padStart(5, "0")}  ${bytes.join(" ").padEnd(47)}  ${shown.join("")}`);
    }
    const bytes = hex.length / 2;
    if (out.length * 16 < bytes) out.push(`and ${bytes - out.length * 16} more bytes`);
    return out.join("\n");
  };

  const drawDetails = () => {
    const details = byId("details");
    details.hidden = chosen === null;
    if (chosen === null) return details.replaceChildren();
    const row = rows[chosen], line = lineOf(row);
    const close = make("button", "", "Close");
    close.id = "close";
    close.addEventListener("click", () => { choose(null); ladder.focus(); });
    const made = [close, make("h2", "", row.name ?? row.text)];
    if (row.from) made.push(make("p", "", `${line.from} → ${line.to}`), make("p", "", row.text));
    const when = [line.time, row.at === undefined ? null : `${row.at.toFixed(6)} s since the beginning`, line.record === undefined ? null : `record ${line.record}`];
    made.push(make("p", "", when.filter((part) => part !== null && part !== undefined).join(" · ")));
    if (row.match !== undefined) {
      const buttons = make("div", "buttons");
      const other = make("button", "", row.kind === "request" ? "To its reply" : "To its request");
      other.id = "match";
      other.addEventListener("click", () => jump(row.match));
      buttons.append(other);
      made.push(buttons);
    }
    const part = (name, of) => made.push(make("h3", "", name), of);
    if ("payload" in line) part("Payload", fields(line.payload));
    if ("hex" in line) part("Payload that ril.h does not explain", make("pre", "", dump(line.hex)));
    if ("payload_unknown" in line) part("Payload", make("span", "null", "not in the trace"));
    if (line.event !== undefined) part("Event", fields(line.event));
    if (line.session !== undefined) part("Session", fields(line.session));
    if (line.damage !== undefined) part("Damage", fields(line.damage));
    const body = line.body ?? line.head;
    if (body) part(`Frame, ${body.length / 2} bytes behind its length`, make("pre", "", dump(body)));
    details.replaceChildren(...made);
    details.scrollTop = 0;
  };

  // Beginning ---------------------------------------------------------------------------------------------------------

  byId("title").textContent = document.title;
  ordered.forEach((column) => {
    byId("heads").append(make("span", "", column.name));
    const life = make("i");
    life.style.left = percent(column.place);
    byId("lines").append(life);
  });
  const least = `calc(var(--clock) + ${ordered.length * 190}px)`;
  byId("heads").style.minWidth = space.style.minWidth = least;
  columns.forEach((column, key) => {
    if (!column.isPhone) return;
    const option = make("option", "", column.name);
    option.value = key;
    byId("phone").append(option);
  });
  [...messages.keys()].sort().forEach((name) => {
    const option = make("option", "", `${name} (${messages.get(name)})`);
    option.value = name;
    byId("message").append(option);
  });

  byId("search").addEventListener("input", filterSoon);
  ["phone", "message", "errors", "gaps"].forEach((id) => byId(id).addEventListener("change", filter));
  ladder.addEventListener("scroll", drawSoon, { passive: true });
  addEventListener("resize", drawSoon);

  const isDark = () => (document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const nameTheme = () => { byId("theme").textContent = isDark() ? "Light" : "Dark"; };
  byId("theme").addEventListener("click", () => {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    nameTheme();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", nameTheme);
  nameTheme();

  const page = () => Math.max(1, Math.floor(ladder.clientHeight / ROW) - 2);
  const keys = {
    ArrowDown: () => step(1), j: () => step(1), ArrowUp: () => step(-1), k: () => step(-1),
    PageDown: () => step(page()), PageUp: () => step(-page()), Home: () => step(-rows.length), End: () => step(rows.length),
    m: () => { if (chosen !== null && rows[chosen].match !== undefined) jump(rows[chosen].match); },
    n: () => nextError(1), p: () => nextError(-1),
    e: () => { byId("errors").checked = !byId("errors").checked; filter(); },
    "/": () => byId("search").focus(),
    Escape: () => choose(null),
  };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const tag = event.target.tagName;
    if (tag === "INPUT" && event.target.type === "search") {
      if (event.key === "Escape") {
        event.target.value = "";
        filter();
        ladder.focus();
      } else if (event.key === "Enter") {
        clearTimeout(searching);
        filter();
        ladder.focus();
      }
      return;
    }
    if (tag === "SELECT" || !Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    keys[event.key]();
  });

  filter();
  ladder.focus();
})();
