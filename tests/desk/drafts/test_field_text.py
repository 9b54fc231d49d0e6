"""The options of a request, typed and read back."""

from itertools import product

import pytest

from pbtui.api.codes import ExecutionInstruction
from pbtui.desk.drafts.field_text import option_texts, read_options
from pbtui.desk.formats.order_fields import OPTIONS
from pbtui.desk.tickets.ticket import WriteOptions


def test_every_written_value_is_read_back() -> None:
    for values in product((None, *ExecutionInstruction), *[(None, True, False)] * 4):
        options = WriteOptions(*values)
        assert read_options(option_texts(options)).options == options


def test_an_empty_field_is_left_to_the_server() -> None:
    assert read_options({"price": "45.10"}).options == WriteOptions(include_errors=None)
    assert read_options({"internal_trading": " "}).values == {}


@pytest.mark.parametrize("name", OPTIONS)
def test_a_text_that_is_no_choice_is_refused(name: str) -> None:
    reading = read_options({name: "perhaps"})
    assert reading.options is None
    assert reading.problems.keys() == {name}


def test_the_words_for_the_instructions() -> None:
    for text, instruction in (("valid", "VALID"), ("Linked", "LNKD"), ("independent", "NONE"), ("lnkd", "LNKD")):
        assert read_options({"exec_instruction": text}).values == {"exec_instruction": instruction}
