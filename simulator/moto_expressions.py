"""Spare moto's DynamoDB most of its work on update expressions, without changing an answer.

It parses an expression anew for every item, checks it once at each of its nodes where once at its
root finds the same, and copies and walks the tree in the slowest way there is.
"""

from __future__ import annotations

import copy
import functools
from typing import Any

from moto.dynamodb.parsing import ast_nodes, expressions, validators

_nodes: Any = ast_nodes
_Node: Any = _nodes.Node


def install() -> None:
    """Make it so, for this process."""
    validating: Any = validators
    parsing: Any = vars(expressions)["UpdateExpressionParser"]
    # Whatever changes a tree changes a copy of its own.
    parsing.make = staticmethod(functools.lru_cache(maxsize=1000)(parsing.make))
    validating.deepcopy = _copied
    _nodes.DepthFirstTraverser.traverse = _walk
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
        twin.children = [_twin(c) if isinstance(c, _Node) else c for c in node.children]
        for child in twin.children:
            if isinstance(child, _Node):
                child.parent = twin
    return twin


def _walk(self: Any, root: Any) -> Any:
    """Process a tree from its leaves up; which nodes a processor takes is asked for once."""
    processors = self._processing_map()
    kinds = self.nodes_to_be_processed()

    def visit(node: Any, at: int) -> Any:
        parent = node.parent
        for number, child in enumerate(node.children or ()):
            self.pre_processing_of_child(node, number)
            if isinstance(child, _Node):
                visit(child, number)
        if not isinstance(node, kinds):
            return node
        process = next(process for kind, process in processors.items() if isinstance(node, kind))
        processed = process(node)
        processed.parent = parent
        if parent:
            parent.children[at] = processed
        return processed

    return visit(root, -1)
