from yett.auditor.analysis.library import CALLER_METHODS, CALLERS, EACH, FIELDS, FUNCTIONS, METHODS, WRAPPERS
from yett.auditor.analysis.marks import EVERY, PATH, SHELL


def test_quoting_for_the_shell_ends_only_that():
    assert FUNCTIONS["shlex.quote"][0] == SHELL


def test_the_last_part_of_a_path_leads_nowhere():
    assert FUNCTIONS["os.path.basename"][0] & PATH == PATH
    assert FIELDS["name"][0] & PATH == PATH


def test_numbers_and_digests_carry_nothing():
    assert FUNCTIONS["int"][0] == FUNCTIONS["hashlib.sha256"][0] == METHODS["hexdigest"][0] == EVERY


def test_no_name_stands_in_two_tables_of_calls():
    assert not CALLERS.keys() & WRAPPERS
    assert not CALLER_METHODS.keys() & EACH
