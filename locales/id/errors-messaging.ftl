### Email.
error-message-link-gone = Pesan ini berisi tautan sekali pakai yang sudah tidak berlaku. Minta orangnya meminta tautan baru.
