// Small helpers of pages. Everything works without them; they only make it quicker. No inline code, no eval.
(() => {
  'use strict';
  const body = document.body;
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));

  // Theme: the link sets the cookie on the server; here without a round trip.
  const setTheme = (theme) => {
    document.documentElement.dataset.theme = theme;
    document.cookie = `theme=${theme}; path=/; max-age=31536000; samesite=lax`;
    for (const link of all('[data-set-theme]')) {
      const chosen = link.dataset.setTheme === theme;
      link.classList.toggle('is-active', chosen);
      if (chosen) link.setAttribute('aria-current', 'true'); else link.removeAttribute('aria-current');
    }
  };

  const copy = async (button) => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      return; // Not allowed here: the value stands beside the button and can be marked by hand.
    }
    const label = button.querySelector('[data-copy-label]');
    if (!label || button.classList.contains('is-done')) return;
    const before = label.textContent;
    button.style.minWidth = `${button.offsetWidth}px`;
    button.classList.add('is-done');
    label.textContent = body.dataset.copied;
    setTimeout(() => { label.textContent = before; button.classList.remove('is-done'); }, 2000);
  };

  const reveal = (button) => {
    const field = document.getElementById(button.dataset.reveal);
    const shown = field.type === 'password';
    field.type = shown ? 'text' : 'password';
    button.setAttribute('aria-pressed', String(shown));
    const label = button.getAttribute('aria-label');
    button.setAttribute('aria-label', button.dataset.labelHide);
    button.dataset.labelHide = label;
  };

  document.addEventListener('click', (event) => {
    const at = (selector) => event.target.closest(selector);
    const theme = at('[data-set-theme]');
    if (theme) { event.preventDefault(); setTheme(theme.dataset.setTheme); }
    const copied = at('[data-copy]');
    if (copied) copy(copied);
    const revealed = at('[data-reveal]');
    if (revealed) reveal(revealed);
    const dismissed = at('[data-dismiss]');
    if (dismissed) dismissed.closest('[data-toast]').remove();
    const opener = at('[data-dialog]');
    if (opener && !('commandForElement' in HTMLButtonElement.prototype)) document.getElementById(opener.dataset.dialog).showModal();
    const closer = at('[data-close]');
    if (closer) closer.closest('dialog').close();
    if (event.target.nodeName === 'DIALOG') event.target.close(); // the backdrop
    for (const menu of all('[data-menu][open]')) if (!menu.contains(event.target)) menu.open = false;
  });

  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      for (const menu of all('[data-menu][open]')) { menu.open = false; menu.querySelector('summary').focus(); }
      return;
    }
    const typing = event.target.closest('input, textarea, select, [contenteditable]');
    if (event.key !== '/' || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const field = all('[data-search]').find((input) => input.offsetParent !== null);
    if (field) { event.preventDefault(); field.focus(); field.select(); }
  });

  // A form is sent once; coming back by the browser's history allows it again.
  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (!form.hasAttribute('data-once') || event.defaultPrevented) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = '1';
    const button = event.submitter;
    if (button) { button.classList.add('is-busy'); button.setAttribute('aria-disabled', 'true'); }
  });

  // Staff who must prove who they are before a form is taken find it afterwards as they had filled it. Only this tab
  // remembers, only until the next page, and no secret.
  const TYPED = 'typed';
  const PROOF = '/whm/step-up';
  const here = location.pathname + location.search;
  // A browser may keep nothing at all: then the form is empty, as it would be without us.
  const remember = (what) => { try { sessionStorage.setItem(TYPED, JSON.stringify(what)); } catch { /* not kept */ } };
  const remembered = () => { try { return JSON.parse(sessionStorage.getItem(TYPED)); } catch { return null; } };
  const fieldsOf = (form) => Array.from(form.elements).filter((field) =>
    field.name && !['hidden', 'password', 'file', 'submit', 'button'].includes(field.type) && !('secret' in field.dataset));
  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (form.method !== 'post' || !here.startsWith('/whm') || here.startsWith(PROOF)) return;
    const fields = fieldsOf(form).map((field) => [field.name, field.value, field.checked === true]);
    remember({ page: here, action: form.getAttribute('action'), fields });
  });
  const putBack = ({ action, fields }) => {
    const form = all('form').find((one) => one.method === 'post' && one.getAttribute('action') === action);
    if (!form) return;
    for (const [name, value, checked] of fields) {
      const same = fieldsOf(form).filter((field) => field.name === name);
      const field = same.find((one) => ['radio', 'checkbox'].includes(one.type) ? one.value === value : true);
      if (!field) continue;
      if (['radio', 'checkbox'].includes(field.type)) field.checked = checked; else field.value = value;
      field.dispatchEvent(new Event('input', { bubbles: true }));
    }
    form.closest('dialog')?.showModal();
  };
  const typed = remembered();
  if (typed && location.pathname === PROOF) {
    remember({ ...typed, asked: true });
  } else if (typed) {
    remember(null);
    if (typed.asked && typed.page === here) putBack(typed);
  }

  const allowAgain = (root) => {
    for (const form of all('form[data-sent]', root)) delete form.dataset.sent;
    for (const button of all('.btn.is-busy', root)) { button.classList.remove('is-busy'); button.removeAttribute('aria-disabled'); }
  };
  addEventListener('pageshow', (event) => { if (event.persisted) allowAgain(document); });
  document.addEventListener('htmx:finally:request', () => allowAgain(document));

  // Words that must be typed before something is lost for good.
  document.addEventListener('input', (event) => {
    const expected = event.target.dataset?.mustEqual;
    if (expected !== undefined) event.target.setCustomValidity(event.target.value === expected ? '' : body.dataset.notEqual);
  });

  // Countdowns run on product time: the server says what time it was when the page was made.
  const started = new WeakMap();
  const two = (n) => String(n).padStart(2, '0');
  const tick = () => {
    for (const element of all('[data-countdown]')) {
      if (!started.has(element)) started.set(element, performance.now());
      const passed = performance.now() - started.get(element);
      const left = Math.floor((Date.parse(element.dataset.countdown) - Date.parse(element.dataset.now) - passed) / 1000);
      const text = element.querySelector('[data-countdown-left]');
      if (left <= 0) {
        text.textContent = element.dataset.over;
        if (!element.classList.contains('is-over')) {
          element.classList.add('is-over');
          element.dispatchEvent(new CustomEvent('countdown-over', { bubbles: true }));
        }
        continue;
      }
      const hours = Math.floor(left / 3600);
      text.textContent = `${hours > 0 ? `${two(hours)}:` : ''}${two(Math.floor(left / 60) % 60)}:${two(left % 60)}`;
    }
  };
  tick();
  setInterval(tick, 1000);

  // Toasts leave by themselves, unless they report trouble or somebody is reading them.
  const toasts = document.getElementById('toasts');
  const arrive = (toast) => {
    if (toast.nodeType !== 1 || toast.classList.contains('toast-bad')) return;
    const leave = () => { if (toast.matches(':hover, :focus-within')) setTimeout(leave, 2000); else toast.remove(); };
    setTimeout(leave, 6000);
  };
  new MutationObserver((changes) => { for (const change of changes) change.addedNodes.forEach(arrive); }).observe(toasts, { childList: true });

  const unreachable = () => {
    if (toasts.querySelector('[data-offline-toast]')) return;
    const toast = document.createElement('div');
    toast.className = 'toast toast-bad';
    toast.setAttribute('role', 'alert');
    toast.dataset.offlineToast = '';
    const text = document.createElement('div');
    text.className = 'toast-body';
    text.textContent = body.dataset.offline;
    toast.append(text);
    toasts.append(toast);
    setTimeout(() => toast.remove(), 8000);
  };
  document.addEventListener('htmx:error', unreachable);

  // A refused form says so to people who cannot see the page.
  const focusSummary = () => document.querySelector('[data-focus]')?.focus();
  focusSummary();
  document.addEventListener('htmx:after:swap', focusSummary);
})();
