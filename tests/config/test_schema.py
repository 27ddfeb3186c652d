from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from yett.config import limits, roles, schema, servers
from yett.config.address import Address
from yett.config.docstrings import docstrings
from yett.config.fields import Section
from yett.config.schema import Admin, Auth, Config, Listen, Origin

SECTIONS = {
    value
    for module in (limits, roles, schema, servers)
    for value in vars(module).values()
    if isinstance(value, type) and issubclass(value, BaseModel) and value is not Section
}


def test_the_top_level_words_are_those_of_the_grammar():
    words = "listen url tls auth servers roles limits protect ledger tests secrets connections admin"
    assert list(Config.model_fields) == words.split()


@pytest.mark.parametrize("section", sorted(SECTIONS, key=lambda s: s.__name__), ids=lambda s: s.__name__)
def test_every_section_and_key_says_what_it_means(section):
    assert section.__doc__
    meanings = docstrings(section)
    assert sorted(meanings) == sorted(section.model_fields)
    assert [name for name, text in meanings.items() if not text.endswith(".")] == []


@pytest.mark.parametrize("section", sorted(SECTIONS, key=lambda s: s.__name__), ids=lambda s: s.__name__)
def test_every_section_is_frozen_closed_and_strict(section):
    config = section.model_config
    assert (config["frozen"], config["extra"], config["strict"]) == (True, "forbid", True)


def test_defaults(config):
    read = config()
    assert read.listen == Listen(address=Address("http", "127.0.0.1", 8080))
    assert (read.url, read.tls, read.admin, read.tests) == (None, None, None, ())
    assert read.protect == ("secrets",)
    assert (read.ledger.durability, read.ledger.key) == ("write", None)
    assert read.ledger.path == read.folder / "ledger"
    assert (read.secrets.env, read.secrets.files) == (None, None)


def test_sections_are_plain_attributes(config):
    read = config("url: https://mcp.example.com\nadmin: { listen: '[::1]:9090' }\n")
    assert read.url == Address("https", "mcp.example.com", 443)
    assert (read.admin.host, read.admin.port) == ("::1", 9090)


def test_a_config_cannot_be_changed(config):
    read = config()
    with pytest.raises(ValidationError):
        read.protect = ()
    with pytest.raises(TypeError):
        read.servers["x"] = read.servers["demo"]
    with pytest.raises(TypeError):
        del read.roles["reader"]


def test_one_way_to_sign_in():
    assert Auth(tokens=Path("t")).unsafe_allow_anonymous is False
    for wrong in ({}, {"unsafe_allow_anonymous": False}, {"tokens": Path("t"), "unsafe_allow_anonymous": True}):
        with pytest.raises(ValidationError):
            Auth(**wrong)


def test_the_ledger_key_is_long_enough(config, errors):
    long = "ledger: { key: '${K}' }\n"
    assert config(long, K="k" * 32).ledger.key.reveal() == "k" * 32
    assert errors(long, K="k" * 31) == ["6:16 the key is shorter than 32 bytes"]


def test_a_config_that_was_not_read_from_a_file_has_no_origin():
    config = Config(auth=Auth(tokens=Path("t")), servers={}, roles={})
    assert (config.origin, config.warnings, dict(config.places), config.digest) == (Origin(), (), {}, "")


def test_configs_compare_by_their_values(config):
    assert config() == config()
    assert config() != config("protect: [unsafe_nothing]\n")


def test_the_admin_listener_has_an_address():
    assert Admin(listen=Address("", "127.0.0.1", 9090)).port == 9090
