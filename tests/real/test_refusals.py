from __future__ import annotations

import pytest
from comparing import cell_of, missing
from scenarios import call, text_of
from staging import CLIENTS, LEGACY, SERVERS, play

pytestmark = pytest.mark.real

CLIENT_NAMES = ("py2", "py2-legacy", "py1", "ts1", "ts2")
SERVER_NAMES = ("py2-http", "py1-stdio", "ts1-http")
STEPS = {
    "hidden": [call("forbidden"), call("there-is-no-such-tool")],
    "invalid": [call("echo", text=7), call("echo"), call("echo", text="a", more=1)],
    "after": [call("echo", text="still here")],
}
WORDS = ("`text` must be string", "`text` is missing", "`more` is not known")


def check_refusals(stage, client: str, server: str) -> None:
    name, transport = server.rsplit("-", 1)
    seen = play(CLIENTS[client], stage.through(name, transport), STEPS, keep=True)
    assert seen["hidden"] == [{"error": {"code": -32602, "message": "unknown tool"}}] * 2
    for result, words in zip(seen["invalid"], WORDS, strict=True):
        assert result["isError"]
        assert f"{server}.echo" in text_of(result)
        assert words in text_of(result)
        assert " Ref " in text_of(result)
    assert text_of(seen["after"][0]) == "still here"


@pytest.mark.parametrize("client", ["py2", "py2-legacy"])
def test_a_real_client_shows_refusals_and_goes_on(stage, client) -> None:
    check_refusals(stage, client, "py2-http")


@pytest.mark.registry
@pytest.mark.parametrize("server", SERVER_NAMES)
@pytest.mark.parametrize("client", CLIENT_NAMES)
def test_every_client_shows_refusals_and_goes_on(full_stage, client, server) -> None:
    lacking = missing(cell_of(client, *server.rsplit("-", 1)))
    if lacking:
        pytest.skip(lacking)
    check_refusals(full_stage, client, server)


@pytest.mark.registry
@pytest.mark.parametrize("transport", ["http", "stdio"])
@pytest.mark.parametrize("server", ["py1", "ts1", "everything"])
@pytest.mark.parametrize("client", ["py2-modern", "ts2-modern"])
def test_an_era_that_the_server_does_not_speak_is_named_with_the_one_it_speaks(
    full_stage, client, server, transport
) -> None:
    lacking = CLIENTS[client].missing or SERVERS[server].missing
    if lacking:
        pytest.skip(lacking)
    assert SERVERS[server].eras == (LEGACY,)
    words = "the client speaks 2026-07-28, the server 2025-11-25"
    target = full_stage.through(server, transport)
    if client == "ts2-modern":  # it asks before it connects
        with pytest.raises(AssertionError, match=words):
            play(CLIENTS[client], target, {"tools": [{"do": "tools"}]})
    else:
        [error] = play(CLIENTS[client], target, {"tools": [{"do": "tools"}]})["tools"]
        assert error["error"]["code"] == -32022
        assert words in error["error"]["message"]
