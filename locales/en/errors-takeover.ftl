error-import-unreadable = This file is no table we can read. Send in a CSV in UTF-8 with a line of headings. Nothing was taken over.
error-import-too-large = The file is larger than 5 MB or has more than 20,000 rows. Divide it into several. Nothing was taken over.
error-import-changed = The columns or choices of this file were changed after you looked at it. Nothing was taken over; reload the page and look again.
error-import-over = This file was begun or put away meanwhile. Nothing changed; reload the page.
