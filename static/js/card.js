// A card is read by the gateway's own script: its number goes there and nowhere else. Only the token is sent to us.
(() => {
  'use strict';
  const reader = () => window.MidtransNew3ds;
  const digits = (field) => field.value.replace(/\D/g, '');
  const form = document.querySelector('[data-card]');

  if (form) {
    const part = (name) => form.querySelector(`[data-card-${name}]`);
    const [note, button] = [part('error'), form.querySelector('button[type=submit]')];
    const busy = (is) => {
      button.classList.toggle('is-busy', is);
      if (is) button.setAttribute('aria-disabled', 'true'); else button.removeAttribute('aria-disabled');
    };
    const refuse = (words, field) => {
      busy(false);
      note.textContent = words;
      note.hidden = false;
      (field || part('number')).focus();
    };
    part('number').addEventListener('input', () => {
      part('number').value = digits(part('number')).slice(0, 19).replace(/(\d{4})(?=\d)/g, '$1 ');
    });
    part('end').addEventListener('input', () => {
      const text = digits(part('end')).slice(0, 4);
      part('end').value = text.length > 2 ? `${text.slice(0, 2)}/${text.slice(2)}` : text;
    });

    form.addEventListener('submit', (event) => {
      if (part('token').value) return;
      event.preventDefault();
      if (button.classList.contains('is-busy')) return;
      const [number, end, code] = [part('number'), part('end'), part('code')];
      note.hidden = true;
      if (digits(number).length < 12) return refuse(form.dataset.wrongNumber, number);
      if (digits(end).length !== 4) return refuse(form.dataset.wrongEnd, end);
      if (digits(code).length < 3) return refuse(form.dataset.wrongCode, code);
      if (!reader()) return refuse(form.dataset.unreachable);
      busy(true);
      const card = {
        card_number: digits(number),
        card_exp_month: digits(end).slice(0, 2),
        card_exp_year: `20${digits(end).slice(2)}`,
        card_cvv: digits(code),
      };
      reader().getCardToken(card, {
        onSuccess: (answer) => { part('token').value = answer.token_id; form.submit(); },
        onFailure: (answer) => {
          // The vendor's own words are for programmers; a network that failed has none.
          const isRefused = answer && String(answer.status_code) === '400';
          refuse(isRefused ? form.dataset.refused : form.dataset.unreachable);
        },
      });
    });
    addEventListener('pageshow', (event) => { if (event.persisted) { part('token').value = ''; busy(false); } });
  }

  // To the bank's page and back here; without the vendor's script the link opens it beside this page.
  document.addEventListener('click', (event) => {
    const link = event.target.closest('[data-card-proof]');
    if (!link || !reader()) return;
    event.preventDefault();
    reader().redirect(link.href, { callbackUrl: location.origin + location.pathname });
  });
})();
