"""Names are harmless to show, to send back, and to save: whatever clients say."""

import unicodedata
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carboy.files.names import harmless
from carboy.files.serving import disposition

HOSTILE = [
    ("../../etc/passwd", "passwd"),
    ("..\\..\\boot.ini", "boot.ini"),
    ("C:\\Users\\ada\\plan.pdf", "plan.pdf"),
    ("plan.pdf\0.exe", "plan.pdf.exe"),
    ("plan\r\nSet-Cookie: a=b.pdf", "planSet-Cookie_ a=b.pdf"),
    ("\u202efdp.exe", "fdp.exe"),  # shown as exe.pdf
    ("pl\u200ban\ufeff.pdf", "plan.pdf"),
    ("invoice.pdf.exe", "invoice.pdf.exe"),
    ("", "file"),
    ("...", "file"),
    ("  . ", "file"),
    ("dir/", "file"),
    ("CON", "_CON"),
    ("nul.txt", "_nul.txt"),
    ("com1.tar.gz", "_com1.tar.gz"),
    ("console.txt", "console.txt"),
    ('a"b<c>|d?*.txt', "a_b_c__d__.txt"),
    ("plan.pdf. . ", "plan.pdf"),
    ("\ud800half.txt", "half.txt"),
    ("Übersicht 2026.pdf", "Übersicht 2026.pdf"),
    (".htaccess", "htaccess"),
]


@pytest.mark.parametrize(("said", "kept"), HOSTILE, ids=[ascii(said) for said, _ in HOSTILE])
def test_a_hostile_name_becomes_a_harmless_one(said, kept):
    assert harmless(said) == kept


def test_a_long_name_is_cut_and_keeps_its_ending():
    assert harmless("a" * 300 + ".pdf") == "a" * 251 + ".pdf"
    assert harmless("ä" * 300 + ".pdf") == "ä" * 125 + ".pdf"
    assert len(harmless("a" * 300)) == 255
    assert len(harmless("a." + "b" * 300)) == 255


@given(st.text() | st.text(alphabet="./\\ \0\r\n\u202e\u200f\"'%;ä:CONnul1.", max_size=400))
def test_no_name_confuses_people_headers_or_disks(said):
    name = harmless(said)

    assert 1 <= len(name.encode()) <= 255
    assert not {"/", "\\", "\0", "\r", "\n", '"', ":"} & set(name)
    assert name.strip(" .") == name
    assert {unicodedata.category(one) for one in name}.isdisjoint({"Cc", "Cf", "Cs", "Zl", "Zp"})
    assert harmless(name) == name


@given(st.text())
def test_a_name_comes_back_whole_in_a_header_of_plain_ascii(said):
    name = harmless(said)

    header = disposition(name, inline=False)

    assert header.isascii()
    assert header.isprintable()
    plain, _, exact = header.removeprefix("attachment; filename=").rpartition("; filename*=UTF-8''")
    assert unquote(exact) == name
    assert plain.startswith('"')
    assert plain.endswith('"')
    assert '"' not in plain[1:-1]
    assert "\\" not in plain
    assert "%" not in plain
