import hashlib

from yett.auditor.source import Source, is_binary, spelt


def test_the_digest_can_be_computed_by_hand():
    inner = hashlib.sha256(b"x\n").hexdigest()
    source = Source(given="a", kind="folder", files={"b.py": b"x\n"})
    assert source.digest() == hashlib.sha256(f"{inner}  b.py\n".encode()).hexdigest()
    assert source.lines() == 1


def test_the_digest_does_not_depend_on_the_order_of_reading():
    one = Source(given="", kind="folder", files={"a": b"1", "b": b"2"})
    other = Source(given="", kind="folder", files={"b": b"2", "a": b"1"})
    assert one.digest() == other.digest()
    assert one.digest() != Source(given="", kind="folder", files={"a": b"2", "b": b"1"}).digest()


def test_binary_files_are_told_by_their_names():
    assert is_binary("a/LOGO.PNG")
    assert not is_binary("server.py")
    assert not is_binary("Dockerfile")


def test_a_name_that_is_no_text_is_spelt_out():
    assert spelt(b"caf\xe9.py") == "caf\\xe9.py"
    assert spelt("\u00e9.py".encode()) == "\u00e9.py"
