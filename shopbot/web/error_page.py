"""An error as a page, for a person who typed or followed an address of this site."""

from __future__ import annotations

from html import escape

from fastapi import Request
from fastapi.responses import HTMLResponse

from shopbot import messages
from shopbot.errors import NotFound, ShopbotError

_PAGE = """<!doctype html>
<html lang="zh-CN">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <meta name="robots" content="noindex">
  <title>{title} · shopbot</title>
  <link rel="icon" href="/static/icon.svg" type="image/svg+xml">
  <link rel="stylesheet" href="/static/style.css">
  <link rel="stylesheet" href="/static/login.css">
</head>
<body>
  <main id="app"><div class="card login">
    <h1>{title}</h1>
    <p class="lead">{words}</p>
    <p>{ways}</p>
  </div></main>
</body>
</html>
"""


def wants_page(request: Request) -> bool:
    """Tell whether a browser asks for something to look at, not a program for an answer."""
    if request.method != "GET" or request.url.path.startswith(("/api/", "/static/")):
        return False
    return "text/html" in request.headers.get("Accept", "")


def error_page(error: ShopbotError) -> HTMLResponse:
    """Return the page that tells ``error`` and where to go on; nothing of the request is in it."""
    page = _PAGE.format(
        title=escape(messages.text("error-page.title")),
        words=escape(_words(error)),
        ways=" · ".join(
            f'<a href="{path}">{escape(messages.text(f"error-page.to.{name}"))}</a>'
            for name, path in (("chat", "/chat"), ("desk", "/desk"), ("trial", "/"))
        ),
    )
    return HTMLResponse(page, status_code=error.status)


def _words(error: ShopbotError) -> str:
    if isinstance(error, NotFound):
        return messages.text("error-page.not-found")
    if messages.has(f"error.{error.code}"):
        return messages.of_error(error)
    return messages.text("error-page.other", code=error.code)
