"""``GET /docs``: the OpenAPI document as a page that needs no script and nothing from other servers.

A script that a page of a server without keys fetched from elsewhere could make jobs there.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any

from handler.http_api.errors import MULTIPART

JSON = "application/json"

HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"}

STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8882; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin: 2.5rem 0 .5rem; }
details { border: 1px solid var(--line); border-radius: 6px; margin: .5rem 0; }
summary { cursor: pointer; padding: .5rem .75rem; overflow-wrap: anywhere; }
details > div { padding: 0 .75rem .75rem; }
code, pre { font: 14px/1.45 ui-monospace, monospace; background: var(--soft); border-radius: 4px; padding: .1em .3em; }
pre { padding: .75rem; overflow-x: auto; }
.method { display: inline-block; min-width: 4.5em; font-weight: 700; }
table { border-collapse: collapse; width: 100%; display: block; overflow-x: auto; }
td, th { border-bottom: 1px solid var(--line); padding: .35rem .6rem .35rem 0; text-align: left; vertical-align: top; }
"""

HOW = """<p>Keys: a server with <code>API_KEYS</code> wants one of them as <code>Authorization: Bearer KEY</code> or
<code>X-API-Key: KEY</code>. Every answer has an <code>X-Request-Id</code>, and that of a job an
<code>X-Job-Id</code>. The same as JSON, for Postman and generators: <a href="openapi.json">openapi.json</a>.</p>"""


def page(document: Mapping[str, Any], url: str) -> str:
    """The document as HTML; its examples call the server at ``url``."""
    content, title = _Page(document, url), escape(document["info"]["title"])
    parts = [
        "<!doctype html><html lang=en><head><meta charset=utf-8><meta name=viewport content='width=device-width'>",
        f"<title>{title}</title><style>{STYLE}</style></head>",
        f"<body><h1>{title}</h1><p>{_text(document['info']['description'])}</p>{HOW}",
        *map(content.tag, document["tags"]),
        content.errors(),
        "</body></html>",
    ]
    return "".join(parts)


class _Page:
    def __init__(self, document: Mapping[str, Any], url: str) -> None:
        self._document, self._url = document, url

    def tag(self, tag: Mapping[str, str]) -> str:
        operations = "".join(
            self._operation(path, method, operation)
            for path, item in self._document["paths"].items()
            for method, operation in item.items()
            if tag["name"] in operation.get("tags", ())
        )
        return f"<h2>{escape(tag['name'])}</h2><p>{_text(tag.get('description', ''))}</p>{operations}"

    def _operation(self, path: str, method: str, operation: Mapping[str, Any]) -> str:
        head = f"<span class=method>{method.upper()}</span> <code>{escape(path)}</code> {_text(operation['summary'])}"
        parts = [f"<p>{_text(operation.get('description', ''))}</p>"]
        rows = [
            (each["name"], each["schema"], each.get("required", False), each.get("description", ""))
            for each in operation.get("parameters", ())
        ]
        parts.append(self._fields("Path and query", rows))
        bodies = self._resolved(operation.get("requestBody", {})).get("content", {})
        parts += [self._body(media_type, each.get("schema", {})) for media_type, each in bodies.items()]
        parts.append(self._example(path, method, operation.get("parameters", ()), bodies))
        responses = operation["responses"].items()
        parts += [self._response(status, each) for status, each in responses if "$ref" not in each]
        shared = ", ".join(f"{status}" for status, each in responses if "$ref" in each)
        parts.append(f"<p>Errors: <a href=#errors>{shared}</a></p>" if shared else "")
        inside = "".join(parts)
        return f"<details id={escape(operation['operationId'])}><summary>{head}</summary><div>{inside}</div></details>"

    def errors(self) -> str:
        """The errors that routes share, each as its dialect writes it."""
        shared = self._document["components"]["responses"].items()
        return "<h2 id=errors>Errors</h2>" + "".join(self._response(name, each) for name, each in shared)

    def _body(self, media_type: str, schema: Mapping[str, Any]) -> str:
        schema = self._resolved(schema)
        required = schema.get("required", ())
        rows = [
            (name, each, name in required, each.get("description", ""))
            for name, each in schema.get("properties", {}).items()
        ]
        return self._fields(f"Body, <code>{escape(media_type)}</code>", rows) or f"<p>Body: {escape(media_type)}</p>"

    def _fields(self, title: str, rows: list[tuple[str, Any, bool, str]]) -> str:
        lines = "".join(
            f"<tr><td><code>{escape(name)}</code>{' *' if required else ''}<td>{escape(self._type(schema))}"
            f"<td>{_text(description)}{_default(schema)}"
            for name, schema, required, description in rows
        )
        return f"<h4>{title}</h4><table><tr><th>field<th>type<th>meaning{lines}</table>" if rows else ""

    def _type(self, schema: Mapping[str, Any]) -> str:
        """A schema in a few words: ``string, 1 to 40 characters``, ``wav · mp3``."""
        schema = self._resolved(schema)
        if alternatives := schema.get("anyOf") or schema.get("oneOf"):
            return " or ".join(dict.fromkeys(self._type(each) for each in alternatives if each.get("type") != "null"))
        if values := schema.get("enum") or ([schema["const"]] if "const" in schema else []):
            return " · ".join(map(str, values))
        words = "file" if _is_file(schema) else str(schema.get("type", "any"))
        if "items" in schema:
            words += f" of {self._type(schema['items'])}"
        return ", ".join([words, *_bounds(schema)])

    def _example(self, path: str, method: str, parameters: Iterable[Any], bodies: Mapping[str, Any]) -> str:
        names = [each["name"] for each in parameters if each["in"] == "query" and each.get("required")]
        query = "&".join(f"{name}=…" for name in names)
        words = ["curl"] + ([f"-X {method.upper()}"] if method != "get" and not bodies else [])
        words.append(shlex.quote(f"{self._url}{path}?{query}") if query else f"{self._url}{path}")
        media_type = next((each for each in (JSON, MULTIPART) if each in bodies), None)
        if media_type is None:
            words += ["-T file"] if bodies else []
            return _command(words)
        schema = self._resolved(bodies[media_type].get("schema", {}))
        required = {
            name: self._resolved(each)
            for name, each in schema.get("properties", {}).items()
            if name in schema.get("required", ())
        }
        if media_type == MULTIPART:
            values = {name: "@file" if _is_file(each) else self._value(each) for name, each in required.items()}
            return _command([*words, *("-F " + shlex.quote(f"{name}={value}") for name, value in values.items())])
        example = bodies[JSON].get("example") or next(
            iter(schema.get("examples", ())), {name: self._value(each) for name, each in required.items()}
        )
        return _command([*words, "--json", shlex.quote(json.dumps(example, ensure_ascii=False))])

    def _value(self, schema: Mapping[str, Any]) -> Any:
        schema = self._resolved(schema)
        kinds = {"integer": 1, "number": 1.0, "boolean": True, "object": {}, "array": []}
        return next(iter(schema.get("examples") or schema.get("enum") or ()), kinds.get(schema.get("type", ""), "…"))

    def _response(self, status: str, response: Mapping[str, Any]) -> str:
        content = response.get("content", {})
        kinds = ", ".join(f"<code>{escape(media_type)}</code>" for media_type in content)
        examples = "".join(
            f"<pre>{escape(json.dumps(each['example'], ensure_ascii=False), quote=False)}</pre>"
            for each in content.values()
            if "example" in each
        )
        return f"<p><b>{escape(status)}</b> {_text(response['description'])} {kinds}</p>{examples}"

    def _resolved(self, part: Mapping[str, Any]) -> Mapping[str, Any]:
        """What a ``$ref`` leads to; itself where it is none."""
        found: Any = part
        while "$ref" in found:
            keys, found = found["$ref"].removeprefix("#/").split("/"), self._document
            for key in keys:
                found = found[key]
        resolved: Mapping[str, Any] = found
        return resolved


BOUNDS = {"minimum": "≥ {}", "exclusiveMinimum": "> {}", "maximum": "≤ {}", "exclusiveMaximum": "< {}",
          "maxLength": "at most {} characters", "maxItems": "at most {} items"}  # fmt: skip


def _command(words: Iterable[str]) -> str:
    return f"<pre>{escape(' '.join(words), quote=False)}</pre>"


def _is_file(schema: Mapping[str, Any]) -> bool:
    return "contentMediaType" in schema or schema.get("format") == "binary"


def _bounds(schema: Mapping[str, Any]) -> Iterator[str]:
    return (words.format(schema[name]) for name, words in BOUNDS.items() if name in schema)


def _default(schema: Mapping[str, Any]) -> str:
    default = schema.get("default")
    return f" Default: <code>{escape(json.dumps(default, ensure_ascii=False))}</code>." if default is not None else ""


def _text(markdown: str) -> str:
    """Words with `code` between backquotes, as the descriptions have them."""
    text = re.sub(r"``?([^`]+)``?", r"<code>\1</code>", escape(markdown))
    return text.replace("\n\n", "<br>")
