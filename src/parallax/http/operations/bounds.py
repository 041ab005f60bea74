"""How large the text of an operation may be. All of it cheap, and before validation, which is not: that compares equal
response names pair by pair."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSyntaxError,
    InlineFragmentNode,
    ListTypeNode,
    ListValueNode,
    NameNode,
    Node,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionNode,
    Token,
    TokenKind,
    parse,
)
from graphql.language.ast import QUERY_DOCUMENT_KEYS

from parallax.errors import ErrorCode
from parallax.http.operations.places import Extremes
from parallax.settings import Limit, Settings

MOST_REPEATS: Final = 60
"""Equal response names, and fragments, that may come together in one place: validation compares each with each."""
MOST_UNFOLDED: Final = 20_000
"""Whatever the settings say: there is no use for more, and each takes a microsecond to look at."""
INTROSPECTION_DEPTH: Final = 20
"""The introspection that tools send is 15 deep."""
INTROSPECTION_LISTS: Final = 2
"""A type's fields, the types of these, and no further: from there on the schema goes round in circles."""
LONGEST_NAME: Final = 200
LONGEST_NUMBER: Final = 40
LONGEST_MESSAGE: Final = 300

_TOO_MANY_TOKENS: Final = "Syntax Error: Document contains more than"
_TOO_DEEP: Final = "Syntax Error: Document is nested too deeply"


def parsed(text: str, settings: Settings) -> DocumentNode:
    """The document. Raises GraphQLError with a code for a text that is none, is too long, or cannot be meant."""
    if "\0" in text:
        raise _invalid("The text holds the character NUL.")
    tokens = None if settings.max_tokens == math.inf else int(settings.max_tokens)
    try:
        document = parse(text, max_lexical_tokens=tokens, max_comments=tokens)
    except GraphQLSyntaxError as error:
        raise _unread(error, settings) from None
    except RecursionError:
        raise _too_deep(settings) from None
    assert document.loc is not None
    _check(document.loc.start_token)
    return document


def exceeded(document: DocumentNode, settings: Settings) -> GraphQLError | None:
    """Which limit the document exceeds, the first of them. What validation would refuse anyway may be refused here."""
    text = _Text.of(document)
    return (
        _over("is nested", text.nesting, "deep", settings.max_depth, "DEPTH")
        or _over("has", text.aliases, "aliases", settings.max_aliases, "ALIASES")
        or _over("has", text.directives, "directives", settings.max_directives, "DIRECTIVES")
        or _unfolded(text, settings)
    )


# ---------------------------------------------------------------- tokens


def _unread(error: GraphQLSyntaxError, settings: Settings) -> GraphQLError:
    if error.message.startswith(_TOO_MANY_TOKENS):
        return _costly(
            f"The operation's text has more than {settings.max_tokens} tokens; at most {settings.max_tokens} "
            "(PARALLAX_MAX_TOKENS)."
        )
    if error.message.startswith(_TOO_DEEP):
        return _too_deep(settings)
    message = error.message if len(error.message) <= LONGEST_MESSAGE else error.message[: LONGEST_MESSAGE - 1] + "…"
    return GraphQLError(message, source=error.source, positions=error.positions, extensions=_code(INVALID))


def _check(token: Token | None) -> None:
    """Refuses what the grammar lets through and nothing can be made of: it would come back in the words of a library."""
    while token is not None:
        match token.kind, token.value:
            case TokenKind.NAME, str(name) if len(name) > LONGEST_NAME:
                raise _invalid(f"A name has {len(name)} characters; at most {LONGEST_NAME}.", token)
            case ((TokenKind.INT | TokenKind.FLOAT), str(number)):
                if len(number) > LONGEST_NUMBER:
                    raise _invalid(f"A number has {len(number)} characters; at most {LONGEST_NUMBER}.", token)
                if math.isinf(float(number)):
                    raise _invalid(f"The number {number} is too large.", token)
            case ((TokenKind.STRING | TokenKind.BLOCK_STRING), str(value)) if "\0" in value:
                raise _invalid("A text holds the character NUL.", token)
        token = token.next


# ---------------------------------------------------------------- as it is written


@dataclass(slots=True)
class _Part:
    """A fragment, or all operations together, by itself; `spreads` is how often it spreads which fragment."""

    fields: int = 0
    selections: int = 0
    spreads: Counter[str] = field(default_factory=Counter)

    def with_spreads(self, fragments: Mapping[str, "_Part"]) -> "_Part":
        """The same with its fragments spread out; `fragments` are so already."""
        fields, selections = self.fields, self.selections
        for name, times in self.spreads.items():
            if name in fragments:
                fields += fragments[name].fields * times
                selections += fragments[name].selections * times
        return _Part(fields, selections, self.spreads)


@dataclass(slots=True)
class _Text:
    """Counts over a document as it is written."""

    operations: list[OperationDefinitionNode] = field(default_factory=list)
    fragments: dict[str, FragmentDefinitionNode] = field(default_factory=dict)
    parts: dict[str, _Part] = field(default_factory=dict)  # of the fragments
    whole: _Part = field(default_factory=_Part)  # of all operations together
    aliases: int = 0
    directives: int = 0
    nesting: int = 0  # of values, types and inline fragments; fields are counted where they come together

    @classmethod
    def of(cls, document: DocumentNode) -> "_Text":
        text = cls()
        for definition in document.definitions:
            match definition:
                case OperationDefinitionNode():
                    text.operations.append(definition)
                    text._read(definition, text.whole)
                case FragmentDefinitionNode(name=name):
                    text.fragments[name.value] = definition
                    text._read(definition, text.parts.setdefault(name.value, _Part()))
        return text

    def _read(self, definition: Node, part: _Part) -> None:
        """Goes by a stack of its own: what is nested deeply cannot exhaust the interpreter's."""
        stack: list[tuple[Node, int]] = [(definition, 0)]
        while stack:
            node, nesting = stack.pop()
            self.directives += len(getattr(node, "directives", None) or ())
            part.selections += isinstance(node, SelectionNode)
            match node:
                case FieldNode():
                    part.fields += 1
                    self.aliases += node.alias is not None
                    nesting = 0
                case FragmentSpreadNode():
                    part.spreads[node.name.value] += 1
                case ListValueNode() | ObjectValueNode() | ListTypeNode() | InlineFragmentNode():
                    nesting += 1
                    self.nesting = max(self.nesting, nesting)
            stack.extend((child, nesting) for child in _children(node))


def _children(node: Node) -> Iterator[Node]:
    for key in QUERY_DOCUMENT_KEYS.get(node.kind, ()):
        child = getattr(node, key, None)
        if isinstance(child, Node):
            if not isinstance(child, NameNode):
                yield child
        elif child:
            yield from child


# ---------------------------------------------------------------- as it is run


def _unfolded(text: _Text, settings: Settings) -> GraphQLError | None:
    """Limits of the operations with their fragments spread out."""
    try:
        order = TopologicalSorter({name: part.spreads.keys() for name, part in text.parts.items()}).static_order()
        known = [name for name in order if name in text.parts]  # each after those that it spreads
    except CycleError as error:
        circle = error.args[1][::-1]
        return _invalid(f"Fragments spread each other in a circle: {' → '.join(circle[:5])}{' …' * (len(circle) > 5)}.")
    spread_out: dict[str, _Part] = {}
    for name in known:
        spread_out[name] = text.parts[name].with_spreads(spread_out)
    used = set(text.whole.spreads)
    for name in reversed(known):
        used |= text.parts[name].spreads.keys() if name in used else set()
    if idle := sorted(text.fragments.keys() - used):
        return _invalid(f"The fragment {idle[0]} is not used.", text.fragments[idle[0]])
    whole = text.whole.with_spreads(spread_out)
    return (
        _over("has", whole.fields, "fields with fragments spread out", settings.max_fields, "FIELDS")
        or _over("has", whole.selections, "selections with fragments spread out", MOST_UNFOLDED)
        or _met(text, settings)
    )


def _met(text: _Text, settings: Settings) -> GraphQLError | None:
    """Depth, and what comes together in one place."""
    most = Extremes((operation.selection_set for operation in text.operations), text.fragments)
    return (
        _over("is", most.depth, "fields deep", settings.max_depth, "DEPTH")
        or _over(
            "is", most.introspection_depth, "fields deep in introspection", max(INTROSPECTION_DEPTH, settings.max_depth)
        )
        or _over("follows", most.introspection_lists, "lists of types into each other", INTROSPECTION_LISTS)
        or _over("asks", most.repeats, f"times for {most.repeated} in one place", MOST_REPEATS)
        or _over("has", most.spreads, "fragments in one place", MOST_REPEATS)
    )


# ---------------------------------------------------------------- told

INVALID: Final = ErrorCode.INVALID_PARAMETER
COSTLY: Final = ErrorCode.TOO_COSTLY


def _over(has: str, figure: int, of_what: str, most: Limit, setting: str | None = None) -> GraphQLError | None:
    if figure <= most:
        return None
    named = f" (PARALLAX_MAX_{setting})" if setting else ""
    return _costly(f"The operation {has} {_figure(figure)} {of_what}; at most {most}{named}.")


def _figure(number: int) -> str:
    """Fragments that spread fragments reach numbers that nobody reads, and that the interpreter does not write."""
    return str(number) if number < 10**9 else "more than a billion"


def _too_deep(settings: Settings) -> GraphQLError:
    return _costly(f"The text is nested too deeply to be read; at most {settings.max_depth} deep (PARALLAX_MAX_DEPTH).")


def _costly(message: str, node: Node | None = None) -> GraphQLError:
    return GraphQLError(message, node, extensions=_code(COSTLY))


def _invalid(message: str, place: Node | Token | None = None) -> GraphQLError:
    node = place if isinstance(place, Node) else None
    return GraphQLError(message, node, extensions=_code(INVALID))


def _code(code: ErrorCode) -> dict[str, str]:
    return {"code": code.value}
