"""Single edits of a text: what they are asked for, and not a byte more."""

from __future__ import annotations

import textwrap

import pytest

from vend.errors import InvalidInputError
from vend.hcl import parse
from vend.requests.language._request_fields import ACCOUNT
from vend.requests.text._block_edits import BlockEdit, DropAttribute, DropBlock, EditTarget, PutAttribute, PutBlock
from vend.requests.text._plain_block import ORDER, PlainBlock, plain, plain_file, same, written
from vend.requests.text._source import NotLocatedError, Source
from vend.requests.text._splice import append_block, drop_block

FILE = textwrap.dedent(
    """\
    # Of the whole file.

    # Of a.
    account "a" { # behind the brace
      name                = "A"   # of the name
      email               = "a@example.com"
      organizational_unit = "Prod"

      # Of the tags.
      tags = {
        CostCenter = "1" # of the centre
        Long       = "2"
      }

      # Of both.
      customizations = ["x", "y"]
      on_removal = "close"

      # Of the access.
      access "G" { permission_set = "S" }
    } /* behind the block */

    account "b" {}
    """
)


def edited(text: str, *edits: BlockEdit, account: str = "a") -> str:
    """The text after these edits."""
    source = Source.read(text.encode(), "f.hcl")
    for edit in edits:
        source = edit.text(source, EditTarget(account=account))
    return source.text


def changed(text: str, old: str, new: str) -> str:
    """The text with one stretch of it replaced."""
    assert text.count(old) == 1
    return text.replace(old, new)


REPLACED = [
    (PutAttribute(name="name", value="B"), '"A"', '"B"'),
    (PutAttribute(name="name", value='"${x}"'), '"A"', '"\\"$${x}\\""'),
    (PutAttribute(name="tags", value={"CostCenter": "3", "Long": "2"}), 'Center = "1"', 'Center = "3"'),
    (
        PutAttribute(name="tags", value={"CostCenter": "1", "Long": "2", "A": "4"}),
        '    Long       = "2"\n',
        '    Long       = "2"\n    A          = "4"\n',
    ),
    (PutAttribute(name="tags", value={"Long": "2"}), '    CostCenter = "1" # of the centre\n', ""),
    (PutAttribute(name="customizations", value=["x"]), ', "y"', ""),
    (PutAttribute(name="customizations", value=["y"]), '"x", ', ""),
    (PutAttribute(name="customizations", value=["x", "z", "y"]), '"x", ', '"x", "z", '),
    (PutAttribute(name="customizations", value=["z", "x", "y"]), '["x"', '["z", "x"'),
    (PutAttribute(name="customizations", value=[]), '["x", "y"]', "[]"),
    (PutAttribute(name="custom_fields", value={}), "  }\n\n  # Of both", "  }\n\n  custom_fields = {}\n\n  # Of both"),
    (
        PutAttribute(name="custom_fields", value={"k": "v"}),
        "  }\n\n  # Of both",
        '  }\n\n  custom_fields = {\n    k = "v"\n  }\n\n  # Of both',
    ),
    (PutAttribute(name="opt_in_regions", value=["r"]), '"y"]\n', '"y"]\n  opt_in_regions = ["r"]\n'),
    (DropAttribute(name="name"), '  name                = "A"   # of the name\n', ""),
    (DropAttribute(name="on_removal"), '  on_removal = "close"\n', ""),
    (DropAttribute(name="customizations"), '  customizations = ["x", "y"]\n', ""),
    (
        DropAttribute(name="tags"),
        '  # Of the tags.\n  tags = {\n    CostCenter = "1" # of the centre\n    Long       = "2"\n  }\n\n',
        "",
    ),
    (
        DropBlock(block=PlainBlock(type="access", labels=("G",), attributes={"permission_set": "S"})),
        '\n  # Of the access.\n  access "G" { permission_set = "S" }\n',
        "",
    ),
    (
        PutBlock(block=PlainBlock(type="access", labels=("G",), attributes={"permission_set": "T"})),
        '{ permission_set = "S" }\n',
        '{ permission_set = "S" }\n  access "G" { permission_set = "T" }\n',
    ),
    (
        PutBlock(block=PlainBlock(type="sso_user", attributes={"email": "e", "first_name": "f"})),
        'unit = "Prod"\n\n',
        'unit = "Prod"\n\n  sso_user {\n    email      = "e"\n    first_name = "f"\n  }\n\n',
    ),
    (
        PutAttribute(name="reason", value="r", path=("access", "G")),
        '{ permission_set = "S" }',
        '{\n    permission_set = "S"\n    reason         = "r"\n  }',
    ),
]


@pytest.mark.parametrize(("edit", "old", "new"), REPLACED, ids=lambda value: str(value)[:60])
def test_an_edit_touches_what_it_names_alone(edit: BlockEdit, old: str, new: str) -> None:
    """Everything around it stays: comments, spacing, the other account."""
    assert edited(FILE, edit) == changed(FILE, old, new)


def test_an_attribute_goes_where_vend_would_write_it() -> None:
    """Below what comes before it in vend's order, its sign below that one's."""
    text = 'account "a" {\n  email   = "e"\n\n  on_removal = "close"\n}\n'
    assert edited(text, PutAttribute(name="name", value="n")) == text.replace("  email ", '  name = "n"\n  email ')
    text = 'account "a" {\n  name  = "n"\n}\n'
    assert edited(text, PutAttribute(name="email", value="e")) == text.replace("}", '  email = "e"\n}')


EMPTY = [
    ('account "a" {}\n', 'account "a" {\n  name = "n"\n}\n'),
    ('account "a" { email = "e" }\n', 'account "a" {\n  email = "e"\n  name = "n"\n}\n'),
    ("  account a { /* c */ }", '  account a {\n    /* c */\n    name = "n"\n  }'),
    ('account "a" { # c\n}\n', 'account "a" { # c\n  name = "n"\n}\n'),
    ('account "a" {\r\n}\r\n', 'account "a" {\r\n  name = "n"\r\n}\r\n'),
    ('account "a" {\n\temail = "e"\n}', 'account "a" {\n\tname = "n"\n\temail = "e"\n}'),
]


@pytest.mark.parametrize(("before", "after"), EMPTY)
def test_blocks_on_one_line_are_opened_up(before: str, after: str) -> None:
    """Line endings, indentation and a missing last line break are the file's own."""
    assert edited(before, PutAttribute(name="name", value="n")) == after


LISTS = [
    ('["a", "b", "c"]', ["a", "c"], '["a", "c"]'),
    ('[ "a" ]', [], "[]"),
    ('["a", /* of b */ "b"]', ["a"], '["a", /* of b */ ]'),
    ('[\n    "a", # of a\n    "b"\n  ]', ["a", "b", "c"], '[\n    "a", # of a\n    "b",\n    "c"\n  ]'),
    ('[\n    "a", # of a\n    "b",\n  ]', ["a", "b", "c"], '[\n    "a", # of a\n    "b",\n    "c",\n  ]'),
    ('[\n    "a", # of a\n    "b",\n  ]', ["b"], '[\n    "b",\n  ]'),
    ('[\n    "a", # of a\n    "b",\n  ]', ["c", "a", "b"], '[\n    "c",\n    "a", # of a\n    "b",\n  ]'),
    ('["a",\n    "b"]', ["b"], '[\n    "b"]'),
    ("[]", ["a", "b"], '["a", "b"]'),
    ("[\n    # none yet\n  ]", ["a"], '[\n    # none yet\n    "a"\n  ]'),
]


@pytest.mark.parametrize(("before", "wanted", "after"), LISTS)
def test_lists_keep_their_layout_and_comments(before: str, wanted: list[str], after: str) -> None:
    """Elements that stay are not touched."""
    text = 'account "a" {{\n  customizations = {}\n}}\n'
    edit = PutAttribute(name="customizations", value=wanted)
    assert edited(text.format(before), edit) == text.format(after)


MAPS = [
    ('{ A = "1" }', {"A": "1", "B": "2"}, '{ A = "1", B = "2" }'),
    ('{ A: "1", "b c": "2", }', {"A": "1", "b c": "2", "D": "3"}, '{ A: "1", "b c": "2", D: "3", }'),
    ("{}", {"a b": "1"}, '{ "a b" = "1" }'),
    ('{ A = "1", B = "2" }', {"B": "2"}, '{ B = "2" }'),
    (
        '{\n    A = "1",\n    B = "2"\n  }',
        {"A": "1", "B": "2", "C": "3"},
        '{\n    A = "1",\n    B = "2"\n    C = "3"\n  }',
    ),
    ('{\n    # of a\n    A = "1"\n\n    B = "2"\n  }', {"B": "2"}, '{\n    B = "2"\n  }'),
]


@pytest.mark.parametrize(("before", "wanted", "after"), MAPS)
def test_maps_keep_their_layout_and_comments(before: str, wanted: dict[str, str], after: str) -> None:
    """So do entries."""
    text = 'account "a" {{\n  tags = {}\n}}\n'
    assert edited(text.format(before), PutAttribute(name="tags", value=wanted)) == text.format(after)


def test_a_heredoc_is_replaced_whole() -> None:
    """Its last line keeps its end."""
    text = 'account "a" {\n  name = <<EOT\nx\nEOT\n  email = "e"\n}\n'
    assert edited(text, PutAttribute(name="name", value="n")) == text.replace("<<EOT\nx\nEOT", '"n"')


def test_a_byte_order_mark_and_letters_beyond_ascii_stay() -> None:
    """Places count characters; bytes are what is written."""
    content = b'\xef\xbb\xbf# \xe2\x98\x83\naccount "a" {\n  name = "\xc3\xa9"\n}\n'
    source = Source.read(content, "f.hcl")
    new = PutAttribute(name="name", value="\u2603").text(source, EditTarget(account="a"))
    assert new.encoded(new.text) == content.replace(b"\xc3\xa9", b"\xe2\x98\x83")


def test_values_that_are_no_literals_are_replaced_but_never_added_to() -> None:
    """An expression has no elements to find."""
    text = 'account "a" {\n  customizations = var.x\n}\n'
    assert edited(text, PutAttribute(name="customizations", value=["a"])) == text.replace("var.x", '["a"]')


def test_an_account_that_is_there_twice_is_not_edited() -> None:
    """Nobody could say which was meant."""
    with pytest.raises(NotLocatedError):
        edited('account "a" {}\naccount "a" {}\n', PutAttribute(name="name", value="n"))


REMOVED = [
    ('# of all\n\n# of a\naccount "a" {\n}\n\naccount "b" {}\n', '# of all\n\naccount "b" {}\n'),
    ('account "b" {}\n\n/* of\n a */\naccount "a" {}\n', 'account "b" {}\n'),
    ('account "b" {}\n\n// of a\naccount "a" {} # too', 'account "b" {}'),
    ('# of a\naccount "a" {}\n', ""),
    ('account "a" {}\n\n# at the end\n', "# at the end\n"),
]


@pytest.mark.parametrize(("before", "after"), REMOVED)
def test_a_block_goes_with_its_comments(before: str, after: str) -> None:
    """Those right above it and on its last line; a blank line in between makes them somebody else's."""
    source = Source.read(before.encode(), "f.hcl")
    block = next(block for block in source.body.blocks if block.labels == ("a",))
    assert drop_block(source, block) == after


APPENDED = [
    ("", "{new}\n"),
    ("# c\n", "# c\n\n{new}\n"),
    ('account "a" {{}}\n\n', 'account "a" {{}}\n\n{new}\n'),
    ('account "a" {{}}', 'account "a" {{}}\n\n{new}'),
    ('account "a" {{}}\r\n', 'account "a" {{}}\r\n\r\n{new}\r\n'),
]


@pytest.mark.parametrize(("before", "after"), APPENDED)
def test_a_block_is_added_at_the_end(before: str, after: str) -> None:
    """A blank line before it; the file ends as it did."""
    new = PlainBlock(type="account", labels=("n",))
    source = Source.read(before.format().encode(), "f.hcl")
    assert append_block(source, new) == after.format(new='account "n" {}')


def test_every_field_has_its_place_in_what_vend_writes() -> None:
    """Names that are no fields have none."""
    assert set(ORDER["account"]) == {*ACCOUNT.field_names, *ACCOUNT.block_names}


def test_a_written_block_says_what_it_was_written_from() -> None:
    """Every kind of field, with characters that must be escaped."""
    block = PlainBlock(
        type="account",
        labels=('x"y',),
        attributes={
            "name": "a\n${b}",
            "tags": {"a b": '"', "for": "%{"},
            "customizations": ["c", "d"],
            "custom_fields": {},
        },
        blocks=(
            PlainBlock(type="sso_user", attributes={"email": "e", "last_name": "l"}),
            PlainBlock(type="alternate_contact", labels=("security",), attributes={"name": "n", "phone": "1"}),
            PlainBlock(type="access", labels=("G",), attributes={"permission_set": "S"}),
            PlainBlock(type="change"),
        ),
    )
    text = "\n".join(written(block))
    body = parse(text.encode(), "f.hcl").body
    assert body is not None
    assert same(plain(body.blocks[0]), block)


def test_equal_is_what_says_the_same_with_the_same_types() -> None:
    """Order means nothing, the kind of a value everything."""

    def read(text: str) -> PlainBlock:
        body = parse(text.encode(), "f.hcl").body
        assert body is not None
        return plain_file(body)

    assert same(read('a = "1"\nb = 2\nx "y" {}\nx "z" {}\n'), read('x "z" {}\nx "y" {}\nb = 2\na = "1"\n'))
    assert not same(read('a = "1"\n'), read("a = 1\n"))
    assert not same(read("a = 1\n"), read("a = true\n"))
    assert not same(read('a = "v.x"\n'), read("a = v.x\n"))
    assert not same(read('x "y" {}\n'), read('x "y" {}\nx "y" {}\n'))


def test_a_file_with_broken_syntax_is_not_opened() -> None:
    """Its errors are what is told."""
    with pytest.raises(InvalidInputError):
        Source.read(b"account {", "f.hcl")
