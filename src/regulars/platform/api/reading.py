"""From the OpenAPI document to what a page shows: nouns, routes, fields, examples; pure."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

DEPTH_MAX: Final = 6
METHODS: Final = ("get", "post", "patch", "put", "delete")
Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a request or answer, or one parameter."""

    name: str
    kind: str
    place: str
    is_required: bool
    description: str
    level: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerShown:
    """One answer of a route."""

    status: str
    description: str
    example: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteShown:
    """One route with what it takes and gives."""

    anchor: str
    method: str
    path: str
    summary: str
    description: str
    needs: str
    parameters: tuple[Field, ...]
    fields: tuple[Field, ...]
    command: str
    answers: tuple[AnswerShown, ...]
    refusals: tuple[AnswerShown, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Noun:
    """The routes of one noun."""

    name: str
    anchor: str
    routes: tuple[RouteShown, ...]


def read_document(document: Schema, *, base_url: str) -> list[Noun]:
    """Everything the page shows, in the document's order."""
    reader = _Reader(document["components"]["schemas"], base_url)
    by_noun: dict[str, list[RouteShown]] = {}
    for path, methods in document["paths"].items():
        for method in METHODS:
            if method in methods:
                operation = methods[method]
                noun = operation.get("tags", [""])[0]
                by_noun.setdefault(noun, []).append(reader.route(path, method, operation))
    return [
        Noun(name=name, anchor=name.lower().replace(" ", "-"), routes=tuple(routes)) for name, routes in by_noun.items()
    ]


@dataclass(frozen=True, slots=True)
class _Reader:
    schemas: Schema
    base_url: str

    def route(self, path: str, method: str, operation: Schema) -> RouteShown:
        body = self._body(operation)
        answers = list(self._answers(operation))
        return RouteShown(
            anchor=operation["operationId"],
            method=method.upper(),
            path=path,
            summary=operation.get("summary", ""),
            description=operation.get("description", ""),
            needs=operation.get("x-needs", ""),
            parameters=tuple(self._parameter(parameter) for parameter in operation.get("parameters", [])),
            fields=tuple(self.fields(body)) if body else (),
            command=self._command(path, method, operation, body),
            answers=tuple(answer for answer in answers if answer.status < "400"),
            refusals=tuple(answer for answer in answers if answer.status >= "400"),
        )

    def _body(self, operation: Schema) -> Schema | None:
        content = operation.get("requestBody", {}).get("content", {})
        return next((part["schema"] for part in content.values()), None)

    def _parameter(self, parameter: Schema) -> Field:
        return Field(
            name=parameter["name"],
            kind=self.kind(parameter["schema"]),
            place=parameter["in"],
            is_required=parameter.get("required", False),
            description=parameter.get("description", ""),
        )

    def _answers(self, operation: Schema) -> Iterator[AnswerShown]:
        for status, answer in operation["responses"].items():
            schema = next((part.get("schema") for part in answer.get("content", {}).values()), None)
            is_problem = int(status) >= 400
            shown = schema is not None and not is_problem
            yield AnswerShown(
                status=str(status),
                description=answer.get("description", ""),
                example=_pretty(self.example(schema)) if shown and schema else "",
                fields=tuple(self.fields(schema)) if shown and schema else (),
            )

    def _command(self, path: str, method: str, operation: Schema, body: Schema | None) -> str:
        lines = [f"curl -X {method.upper()} {self.base_url}{path}", '-H "Authorization: Bearer $REGULARS_KEY"']
        wanted = [one for one in operation.get("parameters", []) if one["in"] == "header" and one.get("required")]
        lines += [f'-H "{header["name"]}: a-value-of-yours"' for header in wanted]
        if body is not None and "multipart/form-data" in operation["requestBody"]["content"]:
            lines += [f"-F '{name}=…'" for name in self.resolved(body).get("properties", {})][:4]
        elif body is not None:
            lines += ['-H "Content-Type: application/json"', f"-d '{_pretty(self.example(body, required_only=True))}'"]
        return " \\\n  ".join(lines)

    def resolved(self, schema: Schema) -> Schema:
        """The schema itself, behind its reference; of alternatives, the first that is not null."""
        if "$ref" in schema:
            return self.resolved(self.schemas[schema["$ref"].rpartition("/")[2]])
        for alternative in schema.get("anyOf", []):
            if alternative.get("type") != "null":
                return {**self.resolved(alternative), **{key: schema[key] for key in KEPT if key in schema}}
        return schema

    def fields(self, schema: Schema, level: int = 0) -> Iterator[Field]:
        """The fields of an object, those of objects within it below them."""
        resolved = self.resolved(schema)
        if level > DEPTH_MAX:
            return
        if resolved.get("type") == "array":
            yield from self.fields(resolved.get("items", {}), level)
            return
        required = resolved.get("required", [])
        for name, part in resolved.get("properties", {}).items():
            inner = self.resolved(part)
            yield Field(
                name=name,
                kind=self.kind(part),
                place="body",
                is_required=name in required,
                description=inner.get("description", "") if "description" in part or "anyOf" in part else "",
                level=level,
            )
            if inner.get("type") in {"object", "array"}:
                yield from self.fields(inner, level + 1)

    def kind(self, schema: Schema) -> str:
        """The kind of a field in one or two words."""
        resolved = self.resolved(schema)
        if "enum" in resolved or "const" in resolved:
            return " | ".join(str(value) for value in resolved.get("enum", [resolved.get("const")]))
        kind = str(resolved.get("type", "any"))
        if kind == "array":
            kind = f"list of {self.kind(resolved.get('items', {}))}"
        if "format" in resolved:
            kind = str(resolved["format"])
        may_be_null = any(part.get("type") == "null" for part in schema.get("anyOf", []))
        return f"{kind} | null" if may_be_null else kind

    def example(self, schema: Schema, *, required_only: bool = False, level: int = 0) -> Any:
        """A value that fits the schema."""
        if "examples" in schema:
            return schema["examples"][0]
        resolved = self.resolved(schema)
        for key in ("examples", "enum"):
            if resolved.get(key):
                return resolved[key][0]
        for key in ("const", "default"):
            if resolved.get(key) is not None:
                return resolved[key]
        kind = resolved.get("type")
        if kind == "object" and level < DEPTH_MAX:
            required = resolved.get("required", [])
            parts = resolved.get("properties", {}).items()
            return {
                name: self.example(part, required_only=required_only, level=level + 1)
                for name, part in parts
                if not required_only or name in required
            }
        if kind == "array":
            return [self.example(resolved.get("items", {}), level=level + 1)] if level < DEPTH_MAX else []
        return PLAIN.get(str(kind))


KEPT: Final = ("examples", "description", "default")
PLAIN: Final[dict[str, Any]] = {"string": "…", "integer": 1, "number": 1, "boolean": True, "object": {}}


def _pretty(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
