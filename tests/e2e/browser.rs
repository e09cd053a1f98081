//! A real Chromium opens the page and speaks with a recorded human voice. It trusts what the browser heard, not what the server says.
