"""All that vambx says when something is wrong, read from its source: errors, warnings, what the page of a run notices.

A sentence is fixed texts and None between them, for what is known only when it is said. Names in it are followed to
the constants, the local variables and the arguments of calls that they stand for.
"""

import ast
import re
from collections import defaultdict
from dataclasses import dataclass
from itertools import islice, product

ERRORS = re.compile(r"(?!Attribute)[A-Z]\w*Error")
TELLING = {
    "missing_part",
    "_stray",
    "_must",
    "_ran_out",
    "wrong_name",
    "wrong_start",
    "wrong_files",
}  # return what is (part of) a sentence
_MOST, _DEEPEST = 30, 5  # ways in which a part of a sentence may read, and names that stand for names
VARIABLE = ast.Constant(...)
_PERCENT = re.compile(r"%(?:\.\d)?[sdfg]")


@dataclass(frozen=True)
class Sentence:
    """What may be said: where it stands in the source, who says it, its texts."""

    where: str
    kind: str
    parts: tuple[str | None, ...]

    def __str__(self):
        return re.sub(r"(\.\.\.)+", "...", "".join(part or "..." for part in self.parts))

    @property
    def is_whole(self):
        """Whether it is a line of its own, and not the reason in another."""
        return self.kind not in {"ValueError", "TypeError", "IllegalBaseError", *TELLING}

    @property
    def n_letters(self):
        return sum(len(re.findall(r"\w", part)) for part in self.parts if part)

    @property
    def pattern(self):
        return re.compile("".join(".*" if part is None else re.escape(part) for part in self.parts))


def sentences_in(sources):
    """Each sentence of the Python sources, {file: text}, once for each place and way to say it."""
    calls, makers = defaultdict(list), defaultdict(set)
    modules = [_Module(file, ast.parse(text), calls) for file, text in sources.items()]
    for module in modules:
        for node, scope, owner in module.nodes:
            if isinstance(node, ast.Call):
                calls[module.key(node.func)].append((module, scope, node))
            if isinstance(node, ast.FunctionDef):
                makers[node.name].add((module.file, owner))
    for name, places in makers.items():
        if len(places) > 1 or any(owner for _, owner in places):
            calls.pop(name, None)  # which of them is called cannot be told, or it is a method
    return [sentence for module in modules for sentence in module.sentences()]


class _Module:
    """A module; calls: those of all modules, by what the called function is found by."""

    def __init__(self, file, tree, calls):
        self.file, self.tree, self.calls = file, tree, calls
        self.nodes = []  # each with the function and the name of the class that it is in
        self._look_below(tree, None, "")

    def _look_below(self, node, scope, owner):
        for child in ast.iter_child_nodes(node):
            self.nodes.append((child, scope, owner))
            inner = child if isinstance(child, ast.FunctionDef) else scope
            self._look_below(child, inner, child.name if isinstance(child, ast.ClassDef) else owner)

    def key(self, function):
        """What a called function is found by; nothing if it is another object's."""
        name, of = _name(function), _name(getattr(function, "value", None))
        is_ours = (of in ("self", "cls") or name.startswith("_")) and not name.startswith("__")
        return None if of and not is_ours else (self.file, name) if is_ours else name

    def sentences(self):
        for node, scope, owner in self.nodes:
            kind, said = _said(node, scope, owner)
            for parts in dict.fromkeys(self.ways(said, scope)) if kind else ():
                yield Sentence(f"{self.file}:{node.lineno}", kind, parts)

    def ways(self, node, scope, depth=0):
        """Each way in which a text may read."""
        match node:
            case ast.Constant(None):
                return []
            case ast.Constant(str()):
                return [(node.value,)]
            case ast.IfExp():
                return _distinct(way for each in (node.body, node.orelse) for way in self.ways(each, scope, depth))
            case ast.FormattedValue(conversion=-1, format_spec=None):
                return self.ways(node.value, scope, depth)
            case ast.JoinedStr():
                each = product(*(self.ways(value, scope, depth) for value in node.values))
                return [tuple(part for way in ways for part in way) for ways in each]
            case ast.Name() if depth < _DEEPEST:
                return self.ways_of_name(node.id, scope, depth + 1) or [(None,)]
        return [(None,)]

    def ways_of_name(self, name, scope, depth):
        """Those of what a name stands for: a local variable, an argument, a constant."""
        arguments = [argument.arg for argument in scope.args.args] if scope else []
        if scope is not None and (values := _assigned(scope).get(name)):
            return _distinct(way for value in values for way in self.ways(value, scope, depth))
        if name in arguments:
            at = arguments.index(name) - (arguments[0] in ("self", "cls"))
            calls = [*self.calls.get(scope.name, ()), *self.calls.get((self.file, scope.name), ())]
            given = (
                way for module, where, call in calls for way in module.ways(_argument(call, name, at), where, depth)
            )
            return list(dict.fromkeys(islice(given, _MOST)))
        values = _assigned(self.tree).get(name, [VARIABLE])
        return _distinct(way for value in values for way in self.ways(value, None, depth))


def _said(node, scope, owner):
    """Who says what; nobody where the node says nothing."""
    if isinstance(node, ast.Return) and scope is not None and scope.name in TELLING:
        return scope.name, node.value
    if not isinstance(node, ast.Call) or not node.args:
        return None, None
    name = _name(node.func)
    if name == "warning":
        pieces = _PERCENT.split(node.args[0].value)
        between = [part for piece in pieces for part in (VARIABLE, ast.Constant(piece))][1:]
        return name, ast.JoinedStr(between)
    if name == "_fail":
        return name, node.args[1]
    if name == "__init__" and owner.endswith("Error"):
        return owner, node.args[0]
    return (name, node.args[0]) if name == "Warned" or ERRORS.fullmatch(name) else (None, None)


def _distinct(ways):
    """Each once; where one of them may be anything, or there are very many, that alone."""
    found = list(dict.fromkeys(islice(ways, _MOST + 1)))
    return [(None,)] if (None,) in found or len(found) > _MOST else found


def _name(function):
    return getattr(function, "id", getattr(function, "attr", ""))


def _argument(call, name, at):
    by_name = next((each.value for each in call.keywords if each.arg == name), None)
    return by_name or (call.args[at] if 0 <= at < len(call.args) else VARIABLE)


def _assigned(scope):
    """The texts that names are set to."""
    found = defaultdict(list)
    for node in ast.walk(scope) if isinstance(scope, ast.FunctionDef) else scope.body:
        if not isinstance(node, ast.Assign):
            continue
        target, value = node.targets[0], node.value
        pairs = [(target, value)]
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            pairs = list(zip(target.elts, value.elts, strict=False))
        for one, other in pairs:
            if isinstance(one, ast.Name):
                found[one.id].append(other)
    return found
