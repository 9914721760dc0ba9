"""Bodies that may be JSON or a form with files, checked by one model, for routes that take either."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Annotated, Any, TypeVar

from fastapi import UploadFile
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, ValidationError
from starlette.datastructures import UploadFile as FormFile
from starlette.requests import Request

from handler.http_api.errors import MULTIPART
from handler.requests import NotPlain, parsed_json

MAX_FORM_FIELDS = 100

JSON = "application/json"
FORMS = (MULTIPART, "application/x-www-form-urlencoded")

Model = TypeVar("Model", bound=BaseModel)

# The job says what is wrong with an empty one; the document says that it is.
Text = Annotated[str, Field(description="The script.", examples=["Hello, world!"], json_schema_extra={"minLength": 1})]
"""The text of a request for speech."""


@asynccontextmanager
async def json_or_form(
    request: Request, model: type[Model], files: Mapping[str, str]
) -> AsyncIterator[tuple[Model, dict[str, UploadFile]]]:
    """Yield the body as the model, and the files of a form by their fields, those of ``files`` alone.

    An empty field of a form counts as left out, as does a file without a name. Raises RequestValidationError, also for
    a body that does not say that it is one of them, and HTTPException for a form that cannot be read.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == JSON:
        yield checked(model, _json(await request.body())), {}
        return
    if media_type not in FORMS:
        raise _wrong("media_type", f"must be JSON or a form; send it with Content-Type: {JSON}")
    async with request.form(max_files=len(files), max_fields=MAX_FORM_FIELDS) as form:
        if any(name.lstrip().startswith("{") for name in form):
            # What curl and others call a form unless they are told.
            raise _wrong("media_type", f"looks like JSON; send it with the header Content-Type: {JSON}")
        fields = {name: value for name, value in form.items() if isinstance(value, str) and value}
        sent = {name: value for name, value in form.items() if isinstance(value, FormFile) and value.filename}
        yield checked(model, fields), {name: _upload(sent[name]) for name in files if name in sent}


def body_schema(model: type[BaseModel], files: Mapping[str, str]) -> dict[str, Any]:
    """The ``openapi_extra`` of a route that reads its body by `json_or_form`; ``files`` describes each file."""
    plain = model.model_json_schema()
    binary = {name: {"type": "string", "format": "binary", "description": text} for name, text in files.items()}
    schemas = {
        JSON: plain,
        FORMS[0]: plain | {"properties": plain["properties"] | binary},
        FORMS[1]: plain,
    }
    content = {media_type: {"schema": schema} for media_type, schema in schemas.items()}
    return {"requestBody": {"required": True, "content": content}}


def _json(body: bytes) -> Any:
    try:
        return parsed_json(body)
    except NotPlain as error:
        raise _wrong("json_unreadable", str(error)) from None


def checked(model: type[Model], body: Any) -> Model:
    """The body as the model. Raises RequestValidationError."""
    if not isinstance(body, dict):
        raise _wrong("dict_type", "must be an object")
    try:
        return model.model_validate(body)
    except ValidationError as error:
        problems = [problem | {"loc": ("body", *problem["loc"])} for problem in error.errors(include_url=False)]
        raise RequestValidationError(problems) from None


def _wrong(kind: str, message: str) -> RequestValidationError:
    """The error of a body that is wrong as a whole."""
    return RequestValidationError([{"type": kind, "loc": ("body",), "msg": message}])


def _upload(file: FormFile) -> UploadFile:
    return UploadFile(file.file, size=file.size, filename=file.filename, headers=file.headers)
