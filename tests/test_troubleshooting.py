"""docs/troubleshooting.md and the code say the same: no sentence lacks an entry, no entry a sentence."""

import re
from pathlib import Path

import pytest
from sentences import sentences_in

ROOT = Path(__file__).parent.parent
PAGE = "docs/troubleshooting.md"
RULES = ("common", "sheet", "starts")  # of the workflow: those that say what is wrong
UNSAID = (
    "vambx/io/npz.py",
    "vambx/encode/saved.py",
    "vambx/encode/files.py",
)  # only kinds of errors are told
LEAST = 11  # letters that a sentence has; what has less is words around another


def sources():
    """The text of each file that says something, as Python."""
    rules = [ROOT / "workflow" / "rules" / f"{name}.smk" for name in RULES]
    texts = {path: path.read_text() for path in [*sorted((ROOT / "vambx").rglob("*.py")), *rules]}
    plain = {path: text.replace("wildcard_constraints:", "if True:") for path, text in texts.items()}
    return {path.relative_to(ROOT).as_posix(): text for path, text in plain.items()}


def missing(sentences, page):
    """Sentences that the page lacks, as they should be written there."""
    spans = [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", page)]
    heads = heads_of(page)
    for sentence in sentences:
        if sentence.n_letters < LEAST or (sentence.kind == "ValueError" and sentence.where.startswith(UNSAID)):
            continue
        there = map(sentence.pattern.fullmatch, heads) if sentence.is_whole else map(sentence.pattern.search, spans)
        if not any(there):
            yield f"{sentence.where}: {sentence}"


def outdated(sentences, page):
    """Entries of the page that nothing says."""
    known = [each for each in sentences if each.n_letters >= LEAST]
    for head in heads_of(page):
        if not any(each.pattern.fullmatch(head) if each.is_whole else each.pattern.search(head) for each in known):
            yield head


def heads_of(page):
    """The sentences that entries begin with."""
    return [" ".join(head.split()) for head in re.findall(r"^- `([^`]+)`$", page, re.MULTILINE)]


@pytest.fixture(scope="module")
def sentences():
    return sentences_in(sources())


def test_everything_that_vambx_says_is_explained(sentences):
    lacking = list(missing(sentences, (ROOT / PAGE).read_text()))
    assert not lacking, "\n".join([f"add to {PAGE}, with words in place of the dots:", *lacking])


def test_nothing_is_explained_that_vambx_does_not_say(sentences):
    unsaid = list(outdated(sentences, (ROOT / PAGE).read_text()))
    assert not unsaid, "\n".join([f"mend or take out of {PAGE}:", *unsaid])


def test_no_entry_stands_there_twice():
    heads = heads_of((ROOT / PAGE).read_text())
    assert sorted(heads) == sorted(set(heads))


def test_all_of_the_code_is_read(sentences):
    """Each place where an error of ours is made gives a sentence, and there are about as many as there were."""
    made = re.compile(r"\b(?!Attribute)[A-Z]\w*Error\((f?\"|$)|logger\.warning\(")
    texts = {file: text for file, text in sources().items() if file != "vambx/errors.py"}
    places = {
        f"{file}:{number}"
        for file, text in texts.items()
        for number, line in enumerate(text.splitlines(), start=1)
        if made.search(line)
    }
    assert places <= {sentence.where for sentence in sentences}
    assert len(places) > 180
    assert len({str(sentence) for sentence in sentences}) > 250


CODE = """
_ANEW = "make it anew"

class NotSortedError(InputError):
    def __init__(self, path, by_name):
        how = "sorted by name" if by_name else "not sorted"
        super().__init__(f"{path}: the file is {how}; sort it")

def read(path):
    for number, line in enumerate(open(path)):
        if not line:
            raise InputError(f"{path}: line {number} is empty; {_ANEW}")
        check(number, f"has {len(line):,} columns, not {number!r}")
    logger.warning("%s: %d lines, %.1f MB; nothing to do", path, number, 1.5)

def check(number, problem):
    if number > 2:
        raise UsageError(f"in line {number} it {problem}")
"""
ENTRIES = """
- `FILE: the file is sorted by name; sort it`
- `FILE: the file is not sorted;
  sort it`
- `FILE: line N is empty; make it anew`
- `in line N it has N columns, not N`
- `FILE: N lines, N MB; nothing to do`
"""


def test_sentences_are_found_with_all_that_they_are_put_together_of():
    found = sentences_in({"a.py": CODE})
    assert [str(sentence) for sentence in found] == [
        "...: the file is sorted by name; sort it",
        "...: the file is not sorted; sort it",
        "...: line ... is empty; make it anew",
        "...: ... lines, ... MB; nothing to do",
        "in line ... it has ... columns, not ...",
    ]
    assert [sentence.where for sentence in found] == ["a.py:7", "a.py:7", "a.py:12", "a.py:14", "a.py:18"]
    assert not list(missing(found, ENTRIES))
    assert not list(outdated(found, ENTRIES))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("is empty", "is blank", "a.py:12: ...: line ... is blank; make it anew"),
        ("make it anew", "mend it", "a.py:12: ...: line ... is empty; mend it"),
        ("not sorted", "unsorted", "a.py:7: ...: the file is unsorted; sort it"),
        ("columns, not", "columns and not", "a.py:18: in line ... it has ... columns and not ..."),
        ("to do", "to be done", "a.py:14: ...: ... lines, ... MB; nothing to be done"),
        ("in line {number} it", "line {number}", "a.py:18: line ... has ... columns, not ..."),
    ],
)
def test_a_sentence_that_is_changed_is_told_with_its_place(old, new, told):
    found = sentences_in({"a.py": CODE.replace(old, new)})
    assert list(missing(found, ENTRIES)) == [told]
    assert len(list(outdated(found, ENTRIES))) == 1


def test_a_reason_may_stand_anywhere_and_in_another_sentence():
    found = sentences_in({"a.py": 'raise ValueError(f"holds more than strings: {name}")'})
    assert list(missing(found, "It says `holds more: NAME`.")) == ["a.py:1: holds more than strings: ..."]
    assert not list(missing(found, "It says `holds more than strings: NAME`."))
    assert not list(outdated(found, "- `FILE: cannot be read (holds more than strings: NAME); mend it`"))
