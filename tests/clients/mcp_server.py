"""A tool server by the protocol's own Python library: two tools, opened by a token. It writes down each call of the second."""

import pathlib
import sys

import uvicorn
from mcp.server import MCPServer
from starlette.responses import PlainTextResponse

port, calls = int(sys.argv[1]), pathlib.Path(sys.argv[2])
server = MCPServer("parks", log_level="ERROR")


@server.tool()
def find_parks(city: str) -> str:
    """Parks in a city"""
    return f"In {city} there are the Common and the Public Garden."


@server.tool()
def reserve_bench(city: str) -> str:
    """Reserves a bench in a park of a city"""
    with calls.open("a") as file:
        file.write(f"{city}\n")
    return "A bench is yours."


inner = server.streamable_http_app()


async def guarded(scope, receive, send):
    if scope["type"] == "http":
        headers = dict(scope["headers"])
        if headers.get(b"authorization") != b"Bearer sesame":
            return await PlainTextResponse("no", status_code=401)(scope, receive, send)
    return await inner(scope, receive, send)


uvicorn.run(guarded, host="127.0.0.1", port=port, log_level="error")
