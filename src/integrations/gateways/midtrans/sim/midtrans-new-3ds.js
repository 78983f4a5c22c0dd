// The double of the vendor's card script: the same two doors, towards the simulator that serves this file.
(() => {
  'use strict';
  const tag = document.getElementById('midtrans-script');
  const base = new URL(tag.src).origin;
  window.MidtransNew3ds = {
    getCardToken(card, options) {
      const query = new URLSearchParams({ client_key: tag.dataset.clientKey, ...card });
      fetch(`${base}/v2/token?${query}`)
        .then((answer) => answer.json())
        .then((told) => (told.status_code === '200' ? options.onSuccess : options.onFailure)(told))
        .catch(() => options.onFailure({}));
    },
    redirect(url, options) {
      location.href = `${url}?callback_url=${encodeURIComponent(options.callbackUrl)}`;
    },
  };
})();
