"""Edits of files that nobody would write: comments everywhere, odd spacing, both line endings."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vend.hcl import key, literal, parse
from vend.requests.text._block_edits import BlockEdit, DropAttribute, DropBlock, EditTarget, PutAttribute, PutBlock
from vend.requests.text._plain_block import PlainBlock, plain, plain_file, same
from vend.requests.text._source import Source

STRINGS = ("name", "email", "organizational_unit", "on_removal")
LISTS = ("customizations", "opt_in_regions")
MAPS = ("tags", "custom_fields")
KEYS = ("A", "Bcd", "e f", "a-b", "for", "x.y")
VALUE = st.text(alphabet='ab "\\${%\u00e9\n=#/,{}[]', max_size=6)
MARK = "\u2603"
"""Stands in every comment, and nowhere else."""
COMMENT = st.text(alphabet='ab {}[]"=,#', max_size=6).map(lambda text: text + MARK)
BLANK = st.sampled_from(["", " ", "  ", "\t"])
SIGN = st.sampled_from([" = ", "=", "   = "])
TAIL = st.sampled_from(["", " ", f" # t{MARK}", f' // t "{MARK}', f" /* t{MARK} */", f" /* a{MARK} */ # b{MARK}"])
INSIDE = st.sampled_from(["", " ", "  ", f" /* i,{MARK} */ "])


@st.composite
def lines_between(draw: st.DrawFn, end: str) -> str:
    """Blank lines, and comments on lines of their own."""
    forms = ("{i}{e}", "{i}#{c}{e}", "{i}//{c}{e}", "{i}/*{c}*/{e}", "{i}/*{c}{e}*/{e}")
    chosen = draw(st.lists(st.sampled_from(forms), max_size=2))
    return "".join(form.format(i=draw(BLANK), c=draw(COMMENT), e=end) for form in chosen)


@st.composite
def elements(draw: st.DrawFn, end: str, items: list[str], brackets: str, *, commas: bool) -> str:
    """A list or map: on one line, or with a line for each element."""
    opening, closing = brackets
    if draw(st.booleans()):
        inner = "".join(f"{draw(INSIDE)}{item}{draw(INSIDE)}," for item in items)
        return f"{opening}{inner if draw(st.booleans()) else inner[:-1]}{draw(INSIDE)}{closing}"
    text = f"{opening}{draw(TAIL)}{end}"
    for index, item in enumerate(items):
        comma = "," if (commas and index + 1 < len(items)) or draw(st.booleans()) else ""
        text += f"{draw(lines_between(end))}    {item}{comma}{draw(TAIL)}{end}"
    return f"{text}{draw(lines_between(end))}  {closing}"


@st.composite
def values(draw: st.DrawFn, end: str, name: str) -> str:
    """What a field of this name says."""
    if name in LISTS:
        return draw(elements(end, [literal(v) for v in draw(st.lists(VALUE, max_size=4))], "[]", commas=True))
    if name in MAPS:
        sign = draw(st.sampled_from([" = ", "=", ": "]))
        entries = draw(st.dictionaries(st.sampled_from(KEYS), VALUE, max_size=4))
        return draw(elements(end, [f"{key(k)}{sign}{literal(v)}" for k, v in entries.items()], "{}", commas=False))
    heredoc = draw(st.integers(0, 5)) == 0
    return f"<<EOT{end}text{end}EOT" if heredoc else literal(draw(VALUE))


@st.composite
def inner_blocks(draw: st.DrawFn, end: str) -> str:
    """A block within an account's."""
    header = draw(st.sampled_from(["sso_user", "change", 'alternate_contact "security"', 'access "G"', 'access "H"']))
    line = f"email = {literal(draw(VALUE))}"
    forms = (f"{header} {{ {line} }}", f"{header} {{}}", f"{header} {{{end}    {line}{draw(TAIL)}{end}  }}")
    return draw(st.sampled_from(forms))


@st.composite
def accounts(draw: st.DrawFn, end: str, label: str) -> str:
    """An account's block."""
    names = draw(st.lists(st.sampled_from(STRINGS + LISTS + MAPS), unique=True, max_size=6))
    parts = [f"{name}{draw(SIGN)}{draw(values(end, name))}" for name in names]
    parts += draw(st.lists(inner_blocks(end), max_size=3))
    header = f'account "{label}"{draw(BLANK)}{{'
    if not parts and draw(st.booleans()):
        return f"{header}{draw(INSIDE)}}}"
    indent = draw(BLANK)
    text = f"{header}{draw(TAIL)}{end}"
    for part in draw(st.permutations(parts)):
        text += f"{draw(lines_between(end))}{indent}{part}{'' if part.endswith('EOT') else draw(TAIL)}{end}"
    return f"{text}{draw(lines_between(end))}}}"


@st.composite
def files(draw: st.DrawFn) -> str:
    """A file of one to three accounts; its last line may lack its end."""
    end = draw(st.sampled_from(["\n", "\r\n"]))
    text = draw(lines_between(end))
    for label in ("one", "two", "three")[: draw(st.integers(1, 3))]:
        text += draw(accounts(end, label)) + draw(TAIL) + end + draw(lines_between(end))
    return text.rstrip("\r\n") if draw(st.booleans()) else text


def puts(account: PlainBlock) -> st.SearchStrategy[BlockEdit]:
    """An attribute of the account's own, there or not."""
    strings = st.builds(PutAttribute, name=st.sampled_from(STRINGS), value=VALUE)
    entries = st.dictionaries(st.sampled_from([*KEYS, "new"]), VALUE, max_size=4)
    known = [item for name in LISTS for item in account.attributes.get(name, ())]
    items = st.lists(VALUE | st.sampled_from(known) if known else VALUE, max_size=5)
    lists = st.builds(PutAttribute, name=st.sampled_from(LISTS), value=items)
    return strings | lists | st.builds(PutAttribute, name=st.sampled_from(MAPS), value=entries)


def edits(account: PlainBlock) -> st.SearchStrategy[BlockEdit]:
    """Something to do to an account, as far as it has what that is done to."""
    choice: list[st.SearchStrategy[BlockEdit]] = [puts(account), puts(account)]
    new = st.sampled_from([("sso_user",), ("access", "G")])
    choice.append(new.flatmap(lambda path: VALUE.map(lambda text: PutBlock(block=a_block(path, text)))))
    if account.attributes:
        choice.append(st.builds(DropAttribute, name=st.sampled_from(sorted(account.attributes))))
    paths = Counter((block.type, *block.labels) for block in account.blocks)
    if paths:
        choice.append(st.builds(DropBlock, block=st.sampled_from(account.blocks)))
    single = [path for path, count in paths.items() if count == 1]
    if single:
        names = st.sampled_from(["email", "first_name"])
        choice.append(st.builds(PutAttribute, path=st.sampled_from(single), name=names, value=VALUE))
    return st.one_of(choice)


def a_block(path: tuple[str, ...], text: str) -> PlainBlock:
    """A block of this type and label with one attribute."""
    return PlainBlock(type=path[0], labels=path[1:], attributes={"email": text})


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_an_edit_does_what_it_says_and_nothing_else(data: st.DataObject) -> None:
    """The text says what the values say; other accounts keep every byte; a put loses no comment."""
    text = data.draw(files())
    parsed = parse(text.encode(), "f.hcl")
    if parsed.body is None:  # a comment that ended too early
        return
    source = Source.read(text.encode(), "f.hcl")
    label = data.draw(st.sampled_from([block.labels[0] for block in source.body.blocks]))
    target = EditTarget(account=label)
    block = target.found(source)
    edit = data.draw(edits(plain(block)))
    new = edit.text(source, target)
    before = plain_file(source.body)
    blocks = tuple(edit.values(b) if b.labels == (label,) else b for b in before.blocks)
    assert same(plain_file(new.body), replace(before, blocks=blocks))
    span, new_span = source.block(block), new.block(target.found(new))
    assert new.text[: new_span.start] == source.text[: span.start]
    assert new.text[new_span.end :] == source.text[span.end :]
    if isinstance(edit, PutBlock) or (isinstance(edit, PutAttribute) and isinstance(edit.value, str)):
        assert new.text.count(MARK) == source.text.count(MARK)
    if isinstance(edit, PutAttribute) and isinstance(edit.value, str):
        within = block if not edit.path else next(b for b in block.body.blocks if (b.type, *b.labels) == edit.path)
        attribute = within.body.attributes.get(edit.name)
        if attribute is not None:
            place = source.value(attribute.expression)
            assert new.text == source.text[: place.start] + literal(edit.value) + source.text[place.end :]
