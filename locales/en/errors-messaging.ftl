### Mail.
error-message-link-gone = This message held a one-time link that no longer works. Ask the person to request a new one.
