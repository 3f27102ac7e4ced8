/* What the pages do beyond links and forms. Everything is delegated from the document, so that
   pieces which arrive later need no wiring. Nothing here is needed to use the product. */
"use strict";
(() => {
  const doc = document;
  const $ = (selector, root = doc) => root.querySelector(selector);
  const $$ = (selector, root = doc) => [...root.querySelectorAll(selector)];
  const on = (type, handler, options) => doc.addEventListener(type, handler, options);
  const wide = matchMedia("(min-width: 1281px)");
  doc.documentElement.classList.add("js");

  // ---- words to the reader -------------------------------------------------------------------
  const say = (text) => {
    const region = $("#status");
    if (region && text) region.textContent = text;
  };

  function toast(text) {
    const box = $("#toasts");
    const piece = $("#toast-template")?.content.firstElementChild.cloneNode(true);
    if (!box || !piece) return;
    $("[data-text]", piece).textContent = text;
    box.replaceChildren(piece);
    say(text);
    setTimeout(() => piece.matches(":hover, :focus-within") || piece.remove(), 8000);
  }

  const sentenceOf = (html) =>
    new DOMParser().parseFromString(html || "", "text/html").querySelector("[data-sentence]")?.textContent.trim();

  /* A failure is told in the region that asked; the rest of the page stays as it is. */
  function tellFailure(region, text, retry) {
    const piece = $("#error-template")?.content.firstElementChild.cloneNode(true);
    if (!piece) return;
    $("[data-text]", piece).textContent = text;
    const again = $("[data-retry]", piece);
    if (retry) again.href = retry;
    else again.remove();
    const place = region && region !== doc.body ? region : $("#main");
    $$(":scope > .cf-error", place).forEach((old) => old.remove());
    place.prepend(piece);
  }

  /* Ask in a dialog; resolves to whether the answer was yes. */
  function ask(question) {
    const dialog = $("#confirm");
    $("#confirm-text").textContent = question;
    dialog.returnValue = "";
    dialog.showModal();
    return new Promise((done) =>
      dialog.addEventListener("close", () => done(dialog.returnValue === "yes"), { once: true }),
    );
  }

  // ---- htmx ----------------------------------------------------------------------------------
  const late = new Map();
  const settle = (target) => {
    clearTimeout(late.get(target));
    late.delete(target);
    target?.classList.remove("is-late");
  };

  on("htmx:configRequest", (event) => {
    const token = $("meta[name=csrf-token]")?.content;
    if (event.detail.verb !== "get" && token) event.detail.headers["X-CSRFToken"] = token;
  });
  on("htmx:beforeRequest", (event) => {
    const { target } = event.detail;
    settle(target);
    late.set(target, setTimeout(() => target.classList.add("is-late"), 300));
  });
  on("htmx:afterRequest", (event) => settle(event.detail.target));
  /* One asset may have its star in the row and in the preview. */
  on("htmx:afterRequest", (event) => {
    const { elt, successful } = event.detail;
    if (!successful || !elt.matches(".cf-star")) return;
    const saved = elt.elements.on.value === "1";
    for (const form of $$(`.cf-star[action="${elt.getAttribute("action")}"]`)) {
      form.elements.on.value = saved ? "0" : "1";
      $("button", form).setAttribute("aria-pressed", saved);
      const use = $("use", form);
      use.setAttribute("href", use.getAttribute("href").replace(/#.*/, saved ? "#star-fill" : "#star"));
    }
    say(saved ? "Saved to your list." : "Taken off your list.");
  });
  on("htmx:confirm", (event) => {
    if (!event.detail.question) return;
    event.preventDefault();
    ask(event.detail.question).then((yes) => yes && event.detail.issueRequest(true));
  });
  const failed = (event, fallback) => {
    const { xhr, target, pathInfo, requestConfig } = event.detail;
    if (xhr?.getResponseHeader("HX-Redirect")) return;
    const retry = requestConfig?.verb === "get" ? pathInfo?.finalRequestPath : null;
    tellFailure(target, sentenceOf(xhr?.responseText) || fallback, retry);
  };
  on("htmx:responseError", (event) =>
    failed(event, event.detail.target?.id === "results" ? "That search did not come back." : "That did not come back."),
  );
  on("htmx:sendError", (event) =>
    failed(event, navigator.onLine ? "The server did not answer." : "You are offline. These are the last results."),
  );
  on("htmx:timeout", (event) => failed(event, "That took too long."));
  on("htmx:afterSwap", (event) => {
    if (event.detail.target?.id !== "results") return;
    if (doc.activeElement?.id !== "q" && scrollY > 0) scrollTo(0, 0);
    say($("#results [data-announce]")?.textContent.trim().replace(/\s+/g, " "));
  });
  /* A region that is exchanged keeps what the reader did in it: what is unfolded, how far it is
     scrolled. Focus that lost its place goes to the heading of the results. */
  const scrolled = new Map();
  on("htmx:oobBeforeSwap", (event) => {
    const { target, fragment } = event.detail;
    scrolled.set(target.id, [target.scrollLeft, target.scrollTop]);
    for (const fold of $$("details[id]", target)) {
      const fresh = fragment.querySelector(`[id="${fold.id}"]`);
      if (fresh) fresh.open = fold.open;
    }
  });
  /* A control changed while an earlier answer was on its way would be lost with the form that this
     answer exchanges: it is changed once more in the new one, until its own answer is here. */
  const CONTROLS = "#facets, #cov-controls";
  const changed = new Map();
  let sent = new Map();
  on("change", ({ target }) => {
    if (target.id && target.closest(CONTROLS)) changed.set(target.id, [target.checked, target.value]);
  });
  on("htmx:beforeRequest", (event) => {
    if (event.detail.elt.closest(CONTROLS)) sent = new Map(changed);
  });
  on("htmx:beforeSwap", (event) => {
    if (!event.detail.requestConfig?.elt.closest(CONTROLS)) return;
    for (const [id, state] of sent) if (changed.get(id) === state) changed.delete(id);
  });
  on("htmx:afterSettle", (event) => {
    if (!["results", "cov-body"].includes(event.detail.target?.id)) return;
    for (const [id, [checked, value]] of changed) {
      const field = doc.getElementById(id);
      if (!field || (field.checked === checked && field.value === value)) continue;
      Object.assign(field, { checked, value });
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }
    for (const [id, [left, top]] of scrolled) doc.getElementById(id)?.scrollTo(left, top);
    scrolled.clear();
    if (doc.activeElement === doc.body) $("#results-title")?.focus({ preventScroll: true });
  });
  const rail = $("#rail");
  const stage = rail && $("[aria-current=true]", rail);
  if (stage) rail.scrollLeft = stage.offsetLeft - (rail.clientWidth - stage.offsetWidth) / 2;
  on("htmx:xhr:progress", (event) => {
    const bar = $("progress[data-upload-bar]", event.target);
    if (!bar || !event.detail.lengthComputable) return;
    bar.hidden = false;
    bar.max = event.detail.total;
    bar.value = event.detail.loaded;
  });

  // ---- forms ---------------------------------------------------------------------------------
  const agreed = new WeakSet();
  on("submit", (event) => {
    const form = event.target;
    const question = form.dataset.confirm;
    if (question && !agreed.has(form)) {
      event.preventDefault();
      event.stopImmediatePropagation();
      const { submitter } = event;
      ask(question).then((yes) => {
        if (!yes) return;
        agreed.add(form);
        form.requestSubmit(submitter);
      });
      return;
    }
    agreed.delete(form);
    if (event.defaultPrevented || form.method !== "post" || form.matches("[hx-post]")) return;
    // After the browser has read the fields: a disabled button would not be sent along.
    setTimeout(() => $$("button[type=submit], button:not([type])", form).forEach((b) => (b.disabled = true)));
  }, true);
  addEventListener("pageshow", (event) => {
    if (event.persisted) $$("form[method=post] button[disabled]").forEach((b) => (b.disabled = false));
  });

  on("click", (event) => {
    const theme = event.target.closest("[data-theme-form] button[name=theme]");
    if (theme) {
      const root = doc.documentElement;
      if (theme.value === "system") delete root.dataset.bsTheme;
      else root.dataset.bsTheme = theme.value;
      $$("button", theme.form).forEach((b) => b.setAttribute("aria-pressed", b === theme));
    }
    const copy = event.target.closest("[data-copy]");
    if (copy) {
      const text = doc.getElementById(copy.dataset.copy)?.innerText.trim() ?? "";
      navigator.clipboard
        ?.writeText(text)
        .then(() => toast("Copied."), () => toast("This browser did not allow copying."));
    }
    event.target.closest(".cf-toast [data-close]")?.closest(".cf-toast").remove();
  });

  on("input", (event) => {
    if (!event.target.matches("[data-narrow]")) return;
    const wanted = event.target.value.trim().toLowerCase();
    $$(".form-check", event.target.parentElement).forEach((label) => {
      label.hidden = !label.textContent.toLowerCase().includes(wanted) && !$("input", label).checked;
    });
  });

  /* The sheet's button says how many results it will show. */
  let counting;
  on("change", async (event) => {
    const form = event.target.closest("[data-count-form]");
    if (!form) return;
    counting?.abort();
    counting = new AbortController();
    const query = new URLSearchParams(new FormData(form));
    query.set("per_page", "1");
    try {
      const answer = await fetch(`/api/v1/search?${query}`, { signal: counting.signal });
      const { total } = await answer.json();
      if (Number.isInteger(total)) $("[data-count]", form).textContent = `Show ${total} ${total === 1 ? "result" : "results"}`;
    } catch {
      // The button keeps its words and still works.
    }
  });

  // ---- files dropped, and many at once -------------------------------------------------------
  for (const type of ["dragover", "dragleave", "drop"]) {
    on(type, (event) => {
      const zone = event.target.closest?.(".cf-drop");
      if (!zone) return;
      event.preventDefault();
      zone.classList.toggle("is-over", type === "dragover");
      if (type !== "drop") return;
      const input = $("input[type=file]", zone);
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }

  function sendFile(form, file, line) {
    return new Promise((done) => {
      const data = new FormData();
      data.append("file", file, file.name);
      data.append("idempotency_key", [...crypto.getRandomValues(new Uint32Array(4))].join("-"));
      const request = new XMLHttpRequest();
      request.open("POST", form.dataset.uploadEach);
      request.setRequestHeader("Accept", "application/json");
      request.setRequestHeader("X-CSRFToken", $("meta[name=csrf-token]").content);
      request.upload.onprogress = (event) => {
        const bar = $("progress", line);
        bar.max = event.total;
        bar.value = event.loaded;
      };
      request.onloadend = () => {
        $("progress", line).remove();
        const told = $("[data-told]", line);
        let made;
        try {
          made = JSON.parse(request.responseText);
        } catch {
          made = {};
        }
        if (request.status === 201 && made.edit_url) {
          const link = doc.createElement("a");
          link.href = made.edit_url;
          link.textContent = "Complete it";
          told.replaceChildren(made.same_as?.length ? `Same file as “${made.same_as[0].title}”. ` : "Kept as a draft. ", link);
        } else {
          told.textContent = made.error?.message || sentenceOf(request.responseText) || `${file.name} was not uploaded.`;
          told.className = "form-error";
        }
        done();
      };
      request.send(data);
    });
  }

  on("change", async (event) => {
    const form = event.target.closest("[data-upload-each]");
    if (!form || event.target.type !== "file") return;
    const list = $("[data-uploads]", form);
    const files = [...event.target.files];
    event.target.value = "";
    const lines = files.map((file) => {
      const line = $("template", form).content.firstElementChild.cloneNode(true);
      $("[data-name]", line).textContent = file.name;
      list.append(line);
      return line;
    });
    for (const [at, file] of files.entries()) await sendFile(form, file, lines[at]);
    say(`${files.length} ${files.length === 1 ? "file" : "files"} done.`);
  });

  // ---- typeahead: a combobox with a list -----------------------------------------------------
  let asking;
  let typing;
  const list = () => $("#typeahead");
  const options = () => $$("[role=option]", list());

  function mark(option) {
    for (const other of options()) other.setAttribute("aria-selected", other === option);
    const input = $("#q");
    if (option) {
      input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else input.removeAttribute("aria-activedescendant");
  }

  function close() {
    clearTimeout(typing);
    asking?.abort();
    if (!list() || list().hidden) return;
    list().hidden = true;
    list().replaceChildren();
    $("#q").setAttribute("aria-expanded", "false");
    mark(null);
  }

  async function suggest(words) {
    asking?.abort();
    asking = new AbortController();
    const { signal } = asking;
    try {
      const answer = await fetch(`${list().dataset.src}?q=${encodeURIComponent(words)}`, { signal });
      const html = answer.ok ? await answer.text() : "";
      if (signal.aborted || doc.activeElement?.id !== "q") return;
      list().innerHTML = html;
      const count = options().length;
      list().hidden = !count;
      $("#q").setAttribute("aria-expanded", String(count > 0));
    } catch {
      // No suggestions is a fine answer; searching goes on.
    }
  }

  on("input", (event) => {
    if (event.target.id !== "q") return;
    const words = event.target.value.trim();
    clearTimeout(typing);
    if (words.length < 2) close();
    else typing = setTimeout(() => suggest(words), 150);
  });

  /* A filter joins those already chosen and takes the words out of the box. */
  function follow(option) {
    const { keyName, value } = option.dataset;
    let url = option.getAttribute("href");
    if (keyName) {
      const query = new URLSearchParams(new FormData($("#search")));
      query.delete("q");
      if (!query.getAll(keyName).includes(value)) query.append(keyName, value);
      url = `/?${query}`;
    }
    close();
    location.assign(url);
  }

  on("keydown", (event) => {
    if (event.target.id !== "q" || event.isComposing) return;
    const all = list() ? options() : [];
    const at = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
    if (event.key === "Enter") {
      if (at >= 0) {
        event.preventDefault();
        event.stopImmediatePropagation();
        follow(all[at]);
      } else close();
    } else if (event.key === "Escape" && all.length) {
      event.preventDefault(); // the first Esc closes the list, the next one empties the box
      close();
    } else if (all.length && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      mark(all[at < 0 ? (step > 0 ? 0 : all.length - 1) : at + step] ?? null);
    }
  }, true);
  on("mousedown", (event) => {
    if (event.target.closest("#typeahead")) event.preventDefault(); // the box keeps the focus
  });
  on("click", (event) => {
    const option = event.target.closest("#typeahead [role=option]");
    if (option && !event.metaKey && !event.ctrlKey && !event.shiftKey) {
      event.preventDefault();
      follow(option);
    }
  });
  on("focusout", (event) => event.target.id === "q" && close());

  // ---- rows and their preview ----------------------------------------------------------------
  let showing;
  const chosen = () => $(".cf-result.is-selected");

  function show(row) {
    if (!wide.matches || !$("#peek") || !window.htmx || !row.dataset.url) return;
    clearTimeout(showing);
    showing = setTimeout(() => htmx.ajax("GET", row.dataset.url, { target: "#peek", swap: "outerHTML" }), 120);
  }

  function choose(row, { focus = false } = {}) {
    if (!row) return;
    const before = chosen();
    if (before !== row) {
      before?.classList.remove("is-selected");
      row.classList.add("is-selected");
      show(row);
    }
    if (focus) $("h3 a", row)?.focus();
  }

  function step(by) {
    const rows = $$(".cf-result");
    const at = rows.indexOf(chosen());
    choose(rows[at < 0 ? 0 : Math.min(Math.max(at + by, 0), rows.length - 1)], { focus: true });
    return rows.length > 0;
  }

  on("focusin", (event) => {
    if (event.target.matches(":focus-visible")) choose(event.target.closest(".cf-result"));
  });
  on("click", (event) => {
    const row = event.target.closest(".cf-result");
    if (row && !event.target.closest("a, button, form")) choose(row);
  });

  // ---- coverage: a cell and what stands behind it --------------------------------------------
  let opened = $("#drill")?.dataset.cell;
  on("htmx:afterSwap", (event) => {
    const { id } = event.detail.target ?? {};
    if (id === "cov-body") {
      opened = $("#drill")?.dataset.cell;
      say($(".cf-kpis")?.innerText.replace(/\s+/g, " "));
    }
    if (id !== "drill") return;
    const { cell } = $("#drill").dataset;
    $(".cf-cell[aria-current]")?.removeAttribute("aria-current");
    if (cell) doc.getElementById(cell)?.setAttribute("aria-current", "true");
    (cell ? $("#drill-title") : opened && doc.getElementById(opened))?.focus();
    opened = cell;
  });
  on("click", (event) => event.target.closest("[data-print]") && print());

  function fold(details) {
    if (!details) return false;
    details.open = false;
    $("summary", details).focus();
    return true;
  }

  /* The cell beside this one; at the edge there is none. */
  function beside(cell, key) {
    const place = cell.closest("td");
    const row = place.parentElement;
    const at = [...row.children].indexOf(place);
    const next = {
      ArrowLeft: place.previousElementSibling,
      ArrowRight: place.nextElementSibling,
      ArrowUp: row.previousElementSibling?.children[at],
      ArrowDown: row.nextElementSibling?.children[at],
    }[key];
    const link = next && $("a.cf-cell", next);
    link?.focus();
    return Boolean(next) || key in { ArrowUp: 1, ArrowDown: 1 };
  }

  // ---- keys ----------------------------------------------------------------------------------
  let going = 0;
  const places = { f: "/", c: "/coverage", s: "/saved", l: "/library" };

  function press(key) {
    const scope = chosen();
    const found = (scope && $(`[data-key="${key}"]`, scope)) || $(`main [data-key="${key}"], .cf-head [data-key="${key}"]`);
    found?.click();
    return Boolean(found);
  }

  function toSearch() {
    const box = $("#q");
    if (!box) return press("search") || location.assign("/");
    box.focus();
    return box.select();
  }

  function single(event) {
    const { key } = event;
    if (going && event.timeStamp - going < 1000) {
      going = 0;
      const place = places[key.toLowerCase()];
      const open = place && $(`a[href="${place}"]`);
      if (open) location.assign(place);
      return Boolean(open);
    }
    if (key === "g") {
      going = event.timeStamp;
      return true;
    }
    if (key === "?") {
      $("#keys")?.togglePopover();
      return true;
    }
    if (key === "j" || key === "k") return step(key === "j" ? 1 : -1) || press(key);
    return /^[a-zN0-9]$/.test(key) && press(key);
  }

  on("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      toSearch();
      return;
    }
    if (event.key === "Escape" && fold(event.target.closest?.(".cf-more[open]"))) return event.preventDefault();
    const field = event.target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
    if (field || event.ctrlKey || event.metaKey || event.altKey || $("dialog[open]")) return;
    let done = false;
    if (event.key === "/") {
      toSearch();
      done = true;
    } else if (event.key.startsWith("Arrow") && event.target.matches(".cf-cell")) {
      done = beside(event.target, event.key);
    } else if (event.key === "Escape" && !$(":popover-open")) {
      const way = $("[data-close-drill]");
      way?.click();
      done = Boolean(way) || fold($(".cf-more[open]"));
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const free = event.target === doc.body || event.target.closest(".cf-result, #results-title");
      done = Boolean(free) && step(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === " ") {
      const row = event.target.matches(".cf-result h3 a") && event.target.closest(".cf-result");
      if (row && wide.matches) {
        show(row);
        done = true;
      }
    } else if (event.key.length === 1 && doc.body.dataset.singleKeys !== "off") done = single(event);
    if (done) event.preventDefault();
  });
})();
