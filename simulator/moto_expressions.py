"""Spare moto's DynamoDB most of its work on expressions, without changing an answer.

It reads an expression anew for every item, checks an update once at each of its nodes where once
at its root finds the same, and copies and walks its tree in the slowest way there is.
"""

from __future__ import annotations

import copy
import functools
from collections import deque
from typing import Any

from moto.dynamodb.comparisons import ConditionExpressionParser
from moto.dynamodb.parsing import ast_nodes, expressions, validators

_nodes: Any = ast_nodes
_Node: Any = _nodes.Node
_LEX = "_lex_condition_expression"


def install() -> None:
    """Make it so, for this process."""
    validating: Any = validators
    parsing: Any = vars(expressions)["UpdateExpressionParser"]
    # Whatever changes a tree changes a copy of its own.
    parsing.make = staticmethod(functools.lru_cache(maxsize=1000)(parsing.make))
    conditions: Any = ConditionExpressionParser
    lex = getattr(conditions, _LEX)
    read = functools.lru_cache(maxsize=1000)(lambda text: tuple(lex(conditions(text, None, None))))
    setattr(conditions, _LEX, lambda parser: deque(read(parser.condition_expression)))
    validating.deepcopy = _copied
    _nodes.DepthFirstTraverser.traverse = _walk
    _Node.find_clauses = _find_clauses
    overlaps, counts = validating.OverlappingPathsValidator, validating.ActionCountValidator
    overlaps.traverse = overlaps.check_for_overlapping_paths
    counts.traverse = counts.verify_action_counts


def _copied(value: Any) -> Any:
    return _twin(value) if isinstance(value, _Node) else copy.deepcopy(value)


def _twin(node: Any) -> Any:
    """Return a copy of a tree as it was parsed, whose leaves hold texts."""
    twin = object.__new__(type(node))
    vars(twin).update(vars(node))
    if node.children is not None:
        twin.children = [_twin(c) if _is_node(type(c)) else c for c in node.children]
        for child in twin.children:
            if _is_node(type(child)):
                child.parent = twin
    return twin


def _walk(self: Any, root: Any) -> Any:
    """Process a tree from its leaves up; which nodes a processor takes is asked for once."""
    processors = self._processing_map()
    kind_of = _kinds_of(tuple(processors))
    is_prepared = type(self).pre_processing_of_child is not _unprepared

    def visit(node: Any, at: int) -> Any:
        parent = node.parent
        for number, child in enumerate(node.children or ()):
            if is_prepared:
                self.pre_processing_of_child(node, number)
            if _is_node(type(child)):
                visit(child, number)
        kind = kind_of(type(node))
        if kind is None:
            return node
        processed = processors[kind](node)
        processed.parent = parent
        if parent:
            parent.children[at] = processed
        return processed

    return visit(root, -1)


def _find_clauses(self: Any, wanted: Any) -> list[Any]:
    """Return the nodes of some types, from within whatever is not one of them."""
    found: list[Any] = []
    for child in self.children or ():
        if type(child) in wanted:
            found.append(child)
        elif _is_searched(type(child)):
            found.extend(_find_clauses(child, wanted))
    return found


@functools.cache
def _kinds_of(kinds: tuple[Any, ...]) -> Any:
    """Return what finds the first of some types that a type is of.

    Most of them are abstract, which makes isinstance slow.
    """
    return functools.cache(lambda kind: next((one for one in kinds if issubclass(kind, one)), None))


_is_node = _kinds_of((_Node,))
_is_searched = _kinds_of((_nodes.Expression, _nodes.UpdateExpressionFunction))
_unprepared = _nodes.DepthFirstTraverser.pre_processing_of_child
