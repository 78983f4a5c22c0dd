// What a live page needs beside hx-sse: one stream per page, `<div hx-sse:connect="…">`; its named events reach every
// part that says `hx-trigger="name from:body"`.
(() => {
  'use strict';
  const note = (online) => {
    for (const element of document.querySelectorAll('[data-live-note]')) element.hidden = online;
  };
  let waiting;
  document.addEventListener('htmx:sse:after:connection', () => { clearTimeout(waiting); note(true); });
  // A short break is nobody's business: the stream reconnects by itself.
  document.addEventListener('htmx:sse:error', () => { clearTimeout(waiting); waiting = setTimeout(() => note(false), 5000); });

  // A log follows its end while the reader is at the end.
  const logs = new WeakSet();
  const follow = () => {
    for (const log of document.querySelectorAll('[data-log]')) {
      if (logs.has(log)) continue;
      logs.add(log);
      let atEnd = true;
      log.addEventListener('scroll', () => { atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 24; });
      new MutationObserver(() => { if (atEnd) log.scrollTop = log.scrollHeight; }).observe(log, { childList: true, subtree: true, characterData: true });
      log.scrollTop = log.scrollHeight;
    }
  };
  follow();
  document.addEventListener('htmx:after:swap', follow);
})();
