import pytest

from benchmarks.readme import splice, write_table

BEGIN, END = "<!-- speed -->", "<!-- /speed -->"


def test_a_table_goes_between_its_markers_whatever_is_there(tmp_path):
    text = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    once = splice(text, "| new |", "speed")
    assert once == f"before\n{BEGIN}\n\n| new |\n\n{END}\nafter\n"
    assert splice(once, "| new |", "speed") == once
    (tmp_path / "README.md").write_text(text)
    write_table(tmp_path / "README.md", "| new |", "speed")
    assert (tmp_path / "README.md").read_text() == once


@pytest.mark.parametrize("text", ["none", BEGIN, f"{END} {BEGIN}", f"{BEGIN}{END}{BEGIN}{END}"])
def test_markers_that_are_not_there_once_are_an_error(text):
    with pytest.raises(ValueError, match=f"needs {BEGIN} and, after it, {END}, once each"):
        splice(text, "", "speed")
